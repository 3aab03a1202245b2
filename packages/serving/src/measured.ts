// A servable whose requests are counted and timed.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  toInferenceError,
} from "@sealserve/inference";
import type { ModelStatistics } from "./model-statistics.ts";
import type { Servable } from "./servable.ts";

/** Put it outermost, so that what the inner wrappers refuse is counted too. */
export function measured(servable: Servable, statistics: ModelStatistics): Servable {
  const infer = async (request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> => {
    const begun = statistics.begin();
    try {
      const response = await servable.infer(request, signal);
      statistics.succeed(begun);
      return response;
    } catch (thrown) {
      const error = toInferenceError(thrown);
      statistics.fail(begun, error);
      throw error;
    }
  };
  const metadata = () => servable.metadata();
  const stream = servable.inferStream?.bind(servable);
  return stream ? { infer, metadata, inferStream: measuredStream(stream, statistics) } : { infer, metadata };
}

type InferStream = NonNullable<Servable["inferStream"]>;

/** A stream counts as one request: a success if it was read to its end, cancelled if its reader left before. */
function measuredStream(stream: InferStream, statistics: ModelStatistics): InferStream {
  return async function* (request, signal) {
    const begun = statistics.begin();
    let error: AnyInferenceError | null = null;
    let ended = false;
    try {
      yield* stream(request, signal);
      ended = true;
    } catch (thrown) {
      error = toInferenceError(thrown);
      throw error;
    } finally {
      if (ended) statistics.succeed(begun);
      else statistics.fail(begun, error ?? new InferenceError("cancelled", {}));
    }
  };
}
