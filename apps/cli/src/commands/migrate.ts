// `sealserve migrate values`: the values of BigDL PPML's chart become those of ours.
import { writeFile } from "node:fs/promises";
import { MigrationError, migratedFile, migrateValues } from "@sealserve/migration";
import { reasonOf } from "@sealserve/primitives";
import { Command } from "commander";
import type { Ends } from "../ends.ts";
import { readBytesFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface ValuesFlags {
  readonly out?: string;
}

const longestFile = 1024 * 1024;

export function migrateCommand(ends: Ends): Command {
  const values = new Command("values")
    .description("write values for the Helm chart from those of trusted-dl-serving-service; says what was unsafe")
    .argument("<file>", "the old values.yaml")
    .option("--out <file>", "write here, and never over a file that is there (default: stdout)")
    .action(ends(migrateValuesFile));
  return new Command("migrate").description("come from BigDL PPML").addCommand(values);
}

async function migrateValuesFile(file: string, { out }: ValuesFlags): Promise<number> {
  try {
    const migrated = migrateValues(readBytesFile(file, longestFile).toString("utf8"));
    const text = migratedFile(migrated);
    if (out === undefined) process.stdout.write(text);
    else await place(out, text);
    for (const { key, severity, sentence } of migrated.warnings) {
      process.stderr.write(`${severity === "unsafe" ? "unsafe" : "note"}: ${key}: ${sentence}\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof MigrationError || error instanceof UsageError)) throw error;
    process.stderr.write(`${error instanceof MigrationError ? `${file}: ` : ""}${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function place(out: string, text: string): Promise<void> {
  try {
    await writeFile(out, text, { flag: "wx" });
  } catch (error) {
    throw new UsageError(`${out} cannot be written: ${reasonOf(error)}`, error);
  }
}
