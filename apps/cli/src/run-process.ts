// Runs one process of several by its flags, until it is told to stop.
import { type ConfigSources, run, type Start } from "@sealserve/server";
import { type Clock, systemClock } from "@sealserve/serving";
import type { ProcessFlags } from "./process-flags.ts";
import { flagsToSettings } from "./serve-flags.ts";

export interface ProcessParts {
  readonly clock: Clock;
  readonly process: NodeJS.Process;
}

/** The result is the exit code. */
export function runProcess(
  flags: ProcessFlags,
  startOf: (sources: ConfigSources, parts: ProcessParts) => Start,
  { clock }: Pick<ProcessParts, "clock"> = { clock: systemClock() },
): Promise<number> {
  const { process } = globalThis;
  const sources = { file: flags.config ?? null, env: process.env, flags: flagsToSettings(flags) };
  return run(startOf(sources, { clock, process }), { process, clock, debug: flags.logLevel === "debug" });
}
