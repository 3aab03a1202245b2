// The flags of commands that run one process of several: those of `serve` that the process has.
import { Command } from "commander";
import type { ServeFlags } from "./serve-flags.ts";
import { configOptions, listenerOptions, modelStoreOption } from "./serve-flags.ts";

export type ProcessFlags = ServeFlags;

export function frontendCommand(): Command {
  const command = new Command("frontend").description(
    "end clients' connections, speak their protocols, and route requests to backends",
  );
  return configOptions(listenerOptions(command));
}

export function backendCommand(): Command {
  const command = new Command("backend").description("load models and answer the frontends of the mesh");
  return configOptions(modelStoreOption(command));
}

export function keyBrokerCommand(): Command {
  return configOptions(
    new Command("key-broker").description("release keys and mesh certificates to processes that prove what they are"),
  );
}
