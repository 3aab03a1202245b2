// `--print-config`: the configuration that would be used, as a file would hold it.
import { loadConfig, printConfig } from "@sealserve/server";
import type { z } from "zod";
import { flagsToSettings, type ServeFlags } from "./serve-flags.ts";

/** What it prints can be used as the configuration file. The result is the exit code. */
export function printOnly<T extends object>(schema: z.ZodType<T>, flags: ServeFlags): number {
  const { process } = globalThis;
  try {
    const sources = { file: flags.config ?? null, env: process.env, flags: flagsToSettings(flags) };
    process.stdout.write(printConfig(loadConfig(schema, sources)));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 2;
  }
}
