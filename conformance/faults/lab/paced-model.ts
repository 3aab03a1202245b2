// A model that takes as long as its backend is told to: an engine that is slow on one host, behind a network that is not.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { archiveBytes } from "../../e2e/archives.ts";

/** Milliseconds that one row takes on a host that nobody slowed down. */
export const usualPace = 4;

/** An archive for the model store. What its hosts are told is read from `folder` at each row. */
export function pacedModel(folder: string): Uint8Array {
  const handler = `
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { setTimeout } from "node:timers/promises";
const own = Object.values(networkInterfaces()).flat().find(({ internal, family }) => !internal && family === "IPv4");
export async function handle(rows) {
  for (const row of rows) {
    const told = await readFile(${JSON.stringify(paceFile(folder, ""))} + own.address, "utf8").catch(() => "${usualPace}");
    await setTimeout(Number(told));
  }
  return rows.map(() => "paced");
}
`;
  return archiveBytes({ name: "paced", handler });
}

/** `pace`: milliseconds for each row from now on. */
export async function setPace(folder: string, address: string, pace: number): Promise<void> {
  await writeFile(paceFile(folder, address), String(pace));
}

function paceFile(folder: string, address: string): string {
  return join(folder, `pace-${address}`);
}
