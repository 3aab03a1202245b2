// A handler that answers only when a test lets it: it waits for a file, and leaves one that says that it has begun.
import { randomUUID } from "node:crypto";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TemporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** Its request's body is the path of the gate. */
export const gatedHandler = `
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
export async function handle(rows) {
  for (const row of rows) {
    const gate = (row.body ?? row.data).text();
    writeFileSync(gate + ".begun", "");
    while (!existsSync(gate)) await setTimeout(5);
  }
  return rows.map(() => "done");
}
`;

export interface Gate {
  readonly path: string;
  /** Resolves once a request has come as far as the gate. */
  begun(): Promise<unknown>;
  open(): Promise<void>;
}

/** A closed gate; it lies outside the model store. */
export function closedGate(folder: TemporaryFolder): Gate {
  const path = join(folder.path, `gate-${randomUUID()}`);
  return {
    path,
    begun: () =>
      until(
        () =>
          access(`${path}.begun`).then(
            () => true,
            () => false,
          ),
        () => "no request reached the gate",
      ),
    open: () => writeFile(path, ""),
  };
}
