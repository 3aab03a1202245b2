// What evidence says is behind the door: the models that were opened, and the command that was given them.
import { utf8 } from "@sealserve/primitives";
import { modelSetDigest, recordsRoot } from "@sealserve/sealing";
import type { OpenedModel } from "./open-repository.ts";

/** 32 bytes over the command line as it is configured, each argument for itself. */
export function commandDigest(command: readonly string[]): Uint8Array {
  return recordsRoot([[utf8("sealserve command v1")], command.map(utf8)]);
}

/** The digest of the model set, in which the command stands as the model `sealserve command` of version 1. */
export function servedDigest(models: readonly OpenedModel[], command: readonly string[]): Uint8Array {
  return modelSetDigest([...models, { model: "sealserve command", version: "1", root: commandDigest(command) }]);
}
