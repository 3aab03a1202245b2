// Whether a model is one of those that the configuration expects, however it lies in the store.
import { equalBytes } from "@sealserve/primitives";
import { KeyRefusedError } from "./key-refused-error.ts";

/** `expected`: 64 hex digits each; null: any. Throws `KeyRefusedError` `root-mismatch`. */
export function checkRoot(model: string, root: Uint8Array, expected: readonly string[] | null): void {
  if (!expected || expected.some((text) => equalBytes(Buffer.from(text, "hex"), root))) return;
  throw new KeyRefusedError("root-mismatch", { model, expected, found: Buffer.from(root).toString("hex") });
}
