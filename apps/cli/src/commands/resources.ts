// `sealserve resources add|list|remove`: small secrets that a key broker gives to whom a model's policy accepts.
import { adminRoutes } from "@sealserve/protocols/key-broker";
import { Command } from "commander";
import { addBrokerFlags, askBroker, type BrokerFlags, tellBroker } from "../broker-connection.ts";
import type { Ends } from "../ends.ts";
import { readBytesFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface ResourceFlags extends BrokerFlags {
  readonly tenant: string;
  readonly model: string;
}

const largest = 512 * 1024;

export function resourcesCommand(ends: Ends): Command {
  const command = new Command("resources").description("small secrets that a key broker keeps for a model");
  for (const one of [
    new Command("add")
      .description("keep a secret, or replace the one of its tag; the secret itself is never an argument")
      .argument("<tag>")
      .argument("<file>", "what holds the secret, byte for byte; - reads it from standard input")
      .action(ends(addResource)),
    new Command("list").description("print the tags: contents never come back").action(ends(listResources)),
    new Command("remove").description("forget a secret").argument("<tag>").action(ends(removeResource)),
  ]) {
    const scoped = one
      .requiredOption("--tenant <tenant>", "whose model")
      .requiredOption("--model <model>", "name of the model");
    command.addCommand(addBrokerFlags(scoped));
  }
  return command;
}

function addResource(tag: string, file: string, flags: ResourceFlags): Promise<number> {
  const { tenant, model } = flags;
  return tellBroker(async () => {
    const ask = askBroker(flags);
    const content = file === "-" ? await readInput() : readBytesFile(file, largest);
    try {
      if (content.length === 0) throw new UsageError("the secret is empty");
      await ask(adminRoutes.setResource, { tenant, model, tag, content });
      return 0;
    } finally {
      content.fill(0);
    }
  });
}

function listResources(flags: ResourceFlags): Promise<number> {
  const { tenant, model } = flags;
  return tellBroker(async () => {
    const tags = await askBroker(flags)(adminRoutes.listResources, { tenant, model });
    process.stdout.write(tags.map((tag) => `${tag}\n`).join(""));
    return 0;
  });
}

function removeResource(tag: string, flags: ResourceFlags): Promise<number> {
  const { tenant, model } = flags;
  return tellBroker(async () => {
    await askBroker(flags)(adminRoutes.removeResource, { tenant, model, tag });
    return 0;
  });
}

/** Standard input to its end. */
async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > largest) throw new UsageError(`a resource has at most ${largest} bytes, standard input has more`);
  }
  const content = Buffer.concat(chunks);
  for (const chunk of chunks) chunk.fill(0);
  return content;
}
