// `sealserve policy`: by which rules a tenant's keys are released for a model.
import { adminRoutes } from "@sealserve/protocols/key-broker";
import { Command } from "commander";
import { addBrokerFlags, askBroker, type BrokerFlags, print, tellBroker } from "../broker-connection.ts";
import type { Ends } from "../ends.ts";
import { readYaml } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface TenantFlags extends BrokerFlags {
  readonly tenant: string;
}

interface ModelFlags extends TenantFlags {
  readonly model: string;
}

export function policyCommand(ends: Ends): Command {
  const ofModel = (name: string, description: string) =>
    new Command(name).description(description).requiredOption("--model <model>", "name of the model");
  const command = new Command("policy").description("by which rules a key broker releases keys for a model");
  for (const one of [
    ofModel("set", "register a release policy, or replace it")
      .argument("<file>", "YAML or JSON with appraisal, keys, roles and releaseLimit")
      .action(ends(setPolicy)),
    ofModel("show", "print the policy").action(ends(showPolicy)),
    ofModel("remove", "from now on nothing is released for the model").action(ends(removePolicy)),
    new Command("list").description("list the models that have something registered").action(ends(listModels)),
  ]) {
    command.addCommand(addBrokerFlags(one.requiredOption("--tenant <tenant>", "whose model")));
  }
  return command;
}

function setPolicy(file: string, flags: ModelFlags): Promise<number> {
  const { tenant, model } = flags;
  return tellBroker(async () => {
    await askBroker(flags)(adminRoutes.setPolicy, { tenant, model, policy: readYaml(file) });
    return 0;
  });
}

function showPolicy(flags: ModelFlags): Promise<number> {
  return tellBroker(async () => {
    const models = await askBroker(flags)(adminRoutes.listModels, { tenant: flags.tenant });
    const found = models.find(({ model }) => model === flags.model);
    if (!found?.policy) throw new UsageError(`tenant '${flags.tenant}' has no policy for model '${flags.model}'`);
    print(found.policy);
    return 0;
  });
}

function removePolicy(flags: ModelFlags): Promise<number> {
  const { tenant, model } = flags;
  return tellBroker(async () => {
    await askBroker(flags)(adminRoutes.removePolicy, { tenant, model });
    return 0;
  });
}

function listModels(flags: TenantFlags): Promise<number> {
  return tellBroker(async () => {
    const models = await askBroker(flags)(adminRoutes.listModels, { tenant: flags.tenant });
    for (const { model, policy, references, resources } of models) {
      const kept = resources.length > 0 ? `, resources ${resources.join(" ")}` : "";
      process.stdout.write(
        `${model}  ${policy ? "policy" : "no policy"}, ${references.length} reference values${kept}\n`,
      );
    }
    return 0;
  });
}
