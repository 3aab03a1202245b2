// A servable whose requests are counted and timed.
import { InferenceError, type InferenceRequest, type InferenceResponse, toInferenceError } from "@sealserve/inference";
import type { ModelStatistics } from "./model-statistics.ts";
import type { Servable } from "./servable.ts";
import { watchedStream } from "./watched-stream.ts";

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
  return (request, signal) => {
    let begun = 0;
    return watchedStream({
      begin: () => {
        begun = statistics.begin();
        return stream(request, signal);
      },
      over: (end) => {
        if (end.kind === "read") statistics.succeed(begun);
        else
          statistics.fail(
            begun,
            end.kind === "left" ? new InferenceError("cancelled", {}) : toInferenceError(end.error),
          );
      },
    });
  };
}
