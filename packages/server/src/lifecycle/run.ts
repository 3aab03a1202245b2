// The life of a process: start, wait for a signal, stop in reverse, and tell the exit code.
import { CodedError, reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { ConfigError } from "../config/config-error.ts";
import { type Environment, foreignVariables } from "../config/environment.ts";
import type { Logger } from "../logger/logger.ts";
import { listenForSignals, type SignalName, type SignalSource } from "./signals.ts";

/** What a start has found out that stopping needs. */
export interface Started {
  readonly logger: Logger;
  /** Milliseconds from the signal to the end of everything; beyond it the process gives up. More than the listeners' drain limit. */
  readonly stopLimit: number;
}

/**
 * Puts everything that must stop on `stack`, in order, as soon as it has started: it is stopped in reverse, also where
 * a later part fails. `stopping` aborts at the first signal, so that a long start can give up.
 */
export type Start = (stack: AsyncDisposableStack, stopping: AbortSignal) => Promise<Started>;

export interface RunParts {
  /** `process` itself, but for tests. */
  readonly process: SignalSource & {
    readonly pid: number;
    kill(pid: number, signal: SignalName): unknown;
    exit(code: number): unknown;
    readonly stderr: { write(text: string): unknown };
    readonly env?: Environment;
  };
  readonly clock: Clock;
  /** Prints the stack of a fatal error beside its sentence. */
  readonly debug: boolean;
}

/** For what a failed start had already started, in milliseconds. */
const failedStartStopLimit = 10_000;

/** What had to stop did not, within the limit in milliseconds. */
export class StopLimitError extends CodedError<"stop-limit-exceeded", { readonly limit: number }> {
  constructor(limit: number) {
    super("stop-limit-exceeded", `the process did not stop within ${limit} ms and gives up what it still does`, {
      limit,
    });
    this.name = "StopLimitError";
  }
}

/**
 * Runs until SIGTERM or SIGINT, and then stops. The result is the exit code: 0 after a stop in good order, 1 after a
 * failed start or a stop that took too long or failed, 2 after faults in the configuration. A second signal ends the process at once, by that
 * signal: shells tell 130 and 143.
 */
export async function run(start: Start, parts: RunParts): Promise<number> {
  const { process } = parts;
  const stopping = new AbortController();
  const { promise: signalled, resolve: tell } = Promise.withResolvers<SignalName>();
  using signals = listenForSignals(process, {
    first: (name) => {
      stopping.abort();
      tell(name);
    },
    second(name, code) {
      // By the signal itself, since an exit would wait for engines in the midst of native code; the first process of a container
      // takes no signal that it does not handle, and exits.
      signals[Symbol.dispose]();
      process.kill(process.pid, name);
      process.exit(code);
    },
  });
  const stack = new AsyncDisposableStack();
  try {
    const { logger, stopLimit } = await start(stack, stopping.signal);
    tellForeign(logger, process.env ?? {});
    logger.info("stopping", { signal: await signalled });
    const failure = await stop(stack, stopLimit, parts.clock);
    if (failure === null) logger.info("stopped");
    else logger.error("did not stop in good order", { error: failure });
    return failure === null ? 0 : 1;
  } catch (error) {
    if (!stopping.signal.aborted) tellFatal(error, parts);
    const failure = await stop(stack, failedStartStopLimit, parts.clock);
    if (failure !== null) tellFatal(failure, parts);
    if (stopping.signal.aborted) return failure === null ? 0 : 1;
    return error instanceof ConfigError ? 2 : 1;
  }
}

/** Somebody may have meant them as settings. */
function tellForeign(logger: Logger, env: Environment): void {
  const variables = foreignVariables(env);
  if (variables.length > 0) logger.debug("variables that Kubernetes makes of services are no settings", { variables });
}

/** Null, or why it failed. */
async function stop(stack: AsyncDisposableStack, limit: number, clock: Clock): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = clock.setTimer(limit, () => reject(new StopLimitError(limit)));
  try {
    await Promise.race([stack.disposeAsync(), late]);
    return null;
  } catch (error) {
    return error;
  } finally {
    timer.cancel();
  }
}

function tellFatal(error: unknown, { process, debug }: RunParts): void {
  const stack = debug && error instanceof Error ? error.stack : undefined;
  process.stderr.write(`${stack ?? reasonOf(error)}\n`);
}
