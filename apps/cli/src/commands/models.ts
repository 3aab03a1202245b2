// `sealserve models`: what a running server holds, in which state, and why.
import type { ModelStatus } from "@sealserve/inference";
import { Command } from "commander";
import { addConnectionFlags, type ConnectionFlags, connectBy, tellFailure } from "../connection.ts";

interface ModelsFlags extends ConnectionFlags {
  readonly json?: true;
}

export function modelsCommand(): Command {
  const command = new Command("models").description("list the models of a running server with their states");
  return addConnectionFlags(command).option("--json", "print JSON");
}

export function models(flags: ModelsFlags): Promise<number> {
  return tellFailure(async () => {
    const found = await connectBy(flags).list();
    process.stdout.write(flags.json ? `${JSON.stringify(found, null, 2)}\n` : toTable(found));
    return 0;
  });
}

function toTable(statuses: readonly ModelStatus[]): string {
  const rows = [
    ["MODEL", "VERSION", "STATE", "REASON"],
    ...statuses.map(({ name, version, state, reason = "" }) => [name, version, state, reason]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
