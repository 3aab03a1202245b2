// What evidence says of a configuration.
import { createHash } from "node:crypto";
import { printConfig } from "./print-config.ts";

/** SHA-256 of what `--print-config` prints, in which secrets are not. */
export function configDigest(config: object): Uint8Array {
  return new Uint8Array(createHash("sha256").update(printConfig(config)).digest());
}
