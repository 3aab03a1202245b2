// The log as the parts of a process see it: levels, a message, and facts beside it.

/**
 * From the most to the least urgent. error: somebody must act · warn: somebody should know · info: what belongs in a quiet
 * day's log · debug: one line a request.
 */
export const logLevels = ["error", "warn", "info", "debug"] as const;

export type LogLevel = (typeof logLevels)[number];

/** Printed beside the message. Never request or reply bodies, tensor values or secrets. A thrown value goes under `error`. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** Writing never throws and never waits. */
export interface Logger {
  error(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  debug(message: string, facts?: LogFacts): void;
  /** Whether a message of this level is written at all: ask before making costly facts. */
  enabled(level: LogLevel): boolean;
  /** The same log under the name of one part, behind the name that it has already. */
  child(part: string): Logger;
}

/** A log that says nothing. */
export function silentLogger(): Logger {
  const nothing = () => {};
  const silent: Logger = {
    error: nothing,
    warn: nothing,
    info: nothing,
    debug: nothing,
    enabled: () => false,
    child: () => silent,
  };
  return silent;
}
