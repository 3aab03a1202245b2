// A request that gives up by itself where nobody answers within the time that its caller will wait.
import { InferenceError, type InferenceRequest } from "@sealserve/inference";
import type { Clock } from "@sealserve/serving";

/** Milliseconds that whoever was asked has to say so itself. */
const grace = 100;

/** Throws `deadline-exceeded`, and what `act` throws. Without a time limit it costs nothing. */
export async function withinDeadline<T>(
  { timeout, model }: InferenceRequest,
  signal: AbortSignal,
  clock: Clock,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeout === undefined || timeout === 0) return act(signal);
  const giveUp = new AbortController();
  let late = false;
  const pass = (): void => giveUp.abort(signal.reason);
  const timer = clock.setTimer(timeout + grace, () => {
    late = true;
    giveUp.abort();
  });
  signal.addEventListener("abort", pass);
  try {
    if (signal.aborted) pass();
    return await act(giveUp.signal);
  } catch (error) {
    if (!late) throw error;
    throw new InferenceError("deadline-exceeded", { model: model.name, limit: timeout }, error);
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", pass);
  }
}
