// The built command, and the models that the clients ask.
import { join } from "node:path";
import type { TemporaryFolder } from "../e2e/temporary-folder.ts";

/** What `make build` leaves. */
export const builtCommand = join(import.meta.dirname, "../../dist/services/sealserve/main.js");

/** `simple` adds and subtracts; `wide` and `words` give back what they get. */
export async function writeReferenceModels(store: TemporaryFolder): Promise<void> {
  await store.write("simple/config.pbtxt", 'backend: "add_sub"\nmax_batch_size: 8\n');
  await store.write("simple/1/.keep", "");
  for (const [name, type] of [
    ["wide", "TYPE_FP32"],
    ["words", "TYPE_STRING"],
  ] as const) {
    await store.write(
      `${name}/config.pbtxt`,
      [
        'backend: "identity"',
        "max_batch_size: 8",
        `input [{ name: "INPUT0", data_type: ${type}, dims: [-1] }]`,
        `output [{ name: "OUTPUT0", data_type: ${type}, dims: [-1] }]`,
      ].join("\n"),
    );
    await store.write(`${name}/1/.keep`, "");
  }
}
