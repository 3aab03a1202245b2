// The start of a process around its own part: configuration, log, and the line that says that it is ready.
import type { z } from "zod";
import { type ConfigSources, loadConfig } from "../config/load-config.ts";
import { createLogger, type LoggerOptions } from "../logger/create-logger.ts";
import type { Logger } from "../logger/logger.ts";
import type { Start } from "./run.ts";

/** What the part of its own is given. */
export interface Starting {
  readonly logger: Logger;
  /** As in `Start`. */
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
}

export interface ProcessStartOptions<S extends z.ZodType> {
  readonly schema: S;
  readonly sources: ConfigSources;
  /** As in `Started`. */
  stopLimit(config: z.output<S>): number;
}

export interface ProcessStartParts<S extends z.ZodType> {
  readonly process: Pick<NodeJS.Process, "stdout" | "stderr">;
  /** What the ready line says beside `ready: true`; null where the process was stopped before it was ready. */
  begin(config: z.output<S>, starting: Starting): Promise<object | null>;
}

/** Throws `ConfigError`, and what `begin` throws. */
export function processStart<S extends z.ZodType<{ readonly log: LoggerOptions }>>(
  { schema, sources, stopLimit }: ProcessStartOptions<S>,
  { process, begin }: ProcessStartParts<S>,
): Start {
  return async (stack, stopping) => {
    const config = loadConfig(schema, sources);
    const logger = createLogger(config.log, { stream: process.stderr });
    const ready = await begin(config, { logger, stack, stopping });
    if (ready) process.stdout.write(`${JSON.stringify({ ready: true, ...ready })}\n`);
    return { logger, stopLimit: stopLimit(config) };
  };
}

/** Fulfilled when it is. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
