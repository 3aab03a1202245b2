// The log of a process, written by pino: JSON lines, or text for people where a terminal is listening.
import { type Logger as Pino, pino, stdSerializers } from "pino";
import { prettyFactory } from "pino-pretty";
import type { Logger, LogLevel } from "./logger.ts";

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `auto`: text if `stream` is a terminal, else JSON. */
  readonly format: "json" | "pretty" | "auto";
  /** Text with the day too, for a log that is kept. */
  readonly dated?: boolean;
}

export interface LoggerParts {
  /** Standard error in a process: standard output is for answers. */
  readonly stream: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Each entry has `level`, `time` (ISO 8601), `part`, `msg` and its facts. */
export function createLogger(options: LoggerOptions, { stream }: LoggerParts): Logger {
  const pretty = options.format === "pretty" || (options.format === "auto" && stream.isTTY === true);
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { error: stdSerializers.err },
  };
  return loggerOver(pino(settings, pretty ? prettyStream(stream, options) : stream));
}

function prettyStream(
  stream: LoggerParts["stream"],
  { dated = false }: Pick<LoggerOptions, "dated">,
): LoggerParts["stream"] {
  const format = prettyFactory({
    colorize: stream.isTTY === true,
    translateTime: dated ? "SYS:yyyy-mm-dd'T'HH:MM:ss.l" : "SYS:HH:MM:ss.l",
    errorLikeObjectKeys: ["error"],
    messageFormat: "{if part}{part}: {end}{msg}",
    ignore: "part",
    singleLine: true,
  });
  return { write: (line) => stream.write(format(line)) };
}

/** A part of a part is named by both: `frontend/torchserve.inference`. */
function loggerOver(root: Pino, name: string | null = null): Logger {
  const log = name === null ? root : root.child({ part: name });
  return {
    error: (message, facts) => log.error(facts ?? {}, message),
    warn: (message, facts) => log.warn(facts ?? {}, message),
    info: (message, facts) => log.info(facts ?? {}, message),
    debug: (message, facts) => log.debug(facts ?? {}, message),
    enabled: (level) => log.isLevelEnabled(level),
    child: (part) => loggerOver(root, name === null ? part : `${name}/${part}`),
  };
}
