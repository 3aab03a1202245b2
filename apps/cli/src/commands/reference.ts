// `sealserve reference`: the measurements that a key broker accepts for a model, beside those in its policy.
import { adminRoutes } from "@sealserve/protocols/key-broker";
import { Command } from "commander";
import { addBrokerFlags, askBroker, type BrokerFlags, print, tellBroker } from "../broker-connection.ts";
import type { Ends } from "../ends.ts";
import { readYaml } from "../trust-files.ts";

interface ReferenceFlags extends BrokerFlags {
  readonly tenant: string;
  readonly model: string;
}

export function referenceCommand(ends: Ends): Command {
  const command = new Command("reference").description("reference values that a key broker accepts for a model");
  for (const one of [
    new Command("add")
      .description("register a reference value, or replace the one of its name")
      .argument("<file>", "YAML or JSON with tee, name and measurements")
      .action(ends(addReference)),
    new Command("list").description("print the reference values of a model").action(ends(listReferences)),
    new Command("remove")
      .description("from now on nothing is released to what only this one accepts")
      .argument("<name>")
      .action(ends(removeReference)),
  ]) {
    const scoped = one
      .requiredOption("--tenant <tenant>", "whose model")
      .requiredOption("--model <model>", "name of the model");
    command.addCommand(addBrokerFlags(scoped));
  }
  return command;
}

function addReference(file: string, flags: ReferenceFlags): Promise<number> {
  const { tenant, model } = flags;
  return tellBroker(async () => {
    await askBroker(flags)(adminRoutes.setReference, { tenant, model, reference: readYaml(file) });
    return 0;
  });
}

function listReferences(flags: ReferenceFlags): Promise<number> {
  return tellBroker(async () => {
    const models = await askBroker(flags)(adminRoutes.listModels, { tenant: flags.tenant });
    print(models.find(({ model }) => model === flags.model)?.references ?? []);
    return 0;
  });
}

function removeReference(name: string, flags: ReferenceFlags): Promise<number> {
  const { tenant, model } = flags;
  return tellBroker(async () => {
    await askBroker(flags)(adminRoutes.removeReference, { tenant, model, name });
    return 0;
  });
}
