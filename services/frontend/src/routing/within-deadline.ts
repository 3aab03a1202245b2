// A request that gives up by itself where nobody answers within the time that its caller will wait.
import { InferenceError, type InferenceRequest } from "@sealserve/inference";
import type { Clock } from "@sealserve/serving";

/** Milliseconds that whoever was asked has to say so itself. */
const grace = 100;

/** Throws `deadline-exceeded`, and what `act` throws. Without a time limit it costs nothing. */
export async function withinDeadline<T>(
  request: InferenceRequest,
  signal: AbortSignal,
  clock: Clock,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using deadline = deadlineOf(request, signal, clock);
  if (!deadline) return act(signal);
  try {
    return await act(deadline.signal);
  } catch (error) {
    throw deadline.errorOf(error);
  }
}

/** As `withinDeadline`, until the end of a stream. */
export async function* streamWithinDeadline<T>(
  request: InferenceRequest,
  signal: AbortSignal,
  clock: Clock,
  act: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  using deadline = deadlineOf(request, signal, clock);
  try {
    yield* act(deadline?.signal ?? signal);
  } catch (error) {
    throw deadline?.errorOf(error) ?? error;
  }
}

interface Deadline extends Disposable {
  /** Aborts with that of the caller, or when its time is up. */
  readonly signal: AbortSignal;
  /** What the caller is told where `error` was thrown. */
  errorOf(error: unknown): unknown;
}

function deadlineOf({ timeout, model }: InferenceRequest, signal: AbortSignal, clock: Clock): Deadline | null {
  if (timeout === undefined || timeout === 0) return null;
  const giveUp = new AbortController();
  let late = false;
  const pass = (): void => giveUp.abort(signal.reason);
  const timer = clock.setTimer(timeout + grace, () => {
    late = true;
    giveUp.abort();
  });
  signal.addEventListener("abort", pass);
  if (signal.aborted) pass();
  return {
    signal: giveUp.signal,
    errorOf: (error) =>
      late ? new InferenceError("deadline-exceeded", { model: model.name, limit: timeout }, error) : error,
    [Symbol.dispose]() {
      timer.cancel();
      signal.removeEventListener("abort", pass);
    },
  };
}
