// One result for each request of a batch, whatever the runner does.
import { InferenceError, toInferenceError } from "@sealserve/inference";
import type { BatchResult, BatchRunner } from "./batch-runner.ts";
import type { RunningBatch } from "./running-batch.ts";

/** On the instance of that lane, or on any. Where the whole batch failed, all results are the same error; never rejects. */
export async function runBatch(
  runner: BatchRunner,
  { requests, signal, onPartial }: RunningBatch,
  lane?: number,
): Promise<readonly BatchResult[]> {
  try {
    const results = await runner.run(requests, signal, { onPartial, ...(lane === undefined ? {} : { lane }) });
    if (results.length === requests.length) return results;
    const reason = `it gave ${results.length} results for ${requests.length} requests`;
    throw new InferenceError("engine-failed", { model: runner.metadata().name, reason });
  } catch (thrown) {
    const error = toInferenceError(thrown);
    return requests.map(() => error);
  }
}
