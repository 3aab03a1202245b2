// The files into which the original logs, each with what belongs there.
import { join, resolve } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { createLogger, type Logger, type LoggerOptions } from "@sealserve/server";
import type { Environment } from "./environment.ts";
import { LogFile } from "./log-file.ts";

/** Whole lines go in. */
export interface Sink {
  write(text: string): void;
}

export interface Logs extends Disposable {
  readonly logger: Logger;
  /** One line a request. */
  readonly access: Sink;
  /** What handlers print. */
  readonly model: Sink;
  /** Metrics of the server, and of its models. */
  readonly serverMetrics: Sink;
  readonly modelMetrics: Sink;
}

export interface LogFolders {
  readonly logs: string;
  readonly metrics: string;
}

/** As the original's Log4j configuration finds them. */
export function logFolders(environment: Environment, folder: string): LogFolders {
  const { LOG_LOCATION, METRICS_LOCATION } = environment;
  return { logs: resolve(folder, LOG_LOCATION || "logs"), metrics: resolve(folder, METRICS_LOCATION || "logs") };
}

/** `terminal`: where the log goes too; null: nowhere else. Files that cannot be written are told, and left out. */
export function openLogs(
  options: LoggerOptions,
  { logs, metrics }: LogFolders,
  terminal: (Sink & { readonly isTTY?: boolean }) | null,
): Logs {
  const files: LogFile[] = [];
  const problems: string[] = [];
  const open = (path: string): Sink => {
    try {
      const file = new LogFile(path);
      files.push(file);
      return file;
    } catch (error) {
      problems.push(reasonOf(error));
      return { write: () => {} };
    }
  };
  const log = open(join(logs, "ts_log.log"));
  const format = options.format === "json" ? "json" : "pretty";
  const inFile = createLogger({ ...options, format, dated: true }, { stream: log });
  const logger = terminal ? both(createLogger(options, { stream: terminal }), inFile) : inFile;
  const opened = {
    access: open(join(logs, "access_log.log")),
    model: open(join(logs, "model_log.log")),
    serverMetrics: open(join(metrics, "ts_metrics.log")),
    modelMetrics: open(join(metrics, "model_metrics.log")),
  };
  for (const problem of problems) logger.warn("a log file cannot be written", { problem });
  return {
    ...{ logger, ...opened },
    [Symbol.dispose]() {
      for (const file of files) file.end();
    },
  };
}

function both(one: Logger, other: Logger): Logger {
  return {
    error: (message, facts) => [one, other].forEach((log) => void log.error(message, facts)),
    warn: (message, facts) => [one, other].forEach((log) => void log.warn(message, facts)),
    info: (message, facts) => [one, other].forEach((log) => void log.info(message, facts)),
    debug: (message, facts) => [one, other].forEach((log) => void log.debug(message, facts)),
    enabled: (level) => one.enabled(level),
    child: (part) => both(one.child(part), other.child(part)),
  };
}

/** `2026-11-23T15:00:44,574`, in the time of the place, as Log4j writes it. */
export function logTime(epoch: number): string {
  const shift = new Date(epoch).getTimezoneOffset() * 60_000;
  return new Date(epoch - shift).toISOString().slice(0, -1).replace(".", ",");
}
