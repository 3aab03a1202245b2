// A servable that refuses requests that its model cannot take, before they wait in any queue.
import type { InferenceRequest, InferenceResponse } from "@sealserve/inference";
import { RequestCheck } from "./request-check.ts";
import { requestedOutputs } from "./requested-outputs.ts";
import type { Servable } from "./servable.ts";
import { watchedStream } from "./watched-stream.ts";

/** What it throws besides the errors of `servable`: see `RequestCheck.checked` and `requestedOutputs`. */
export function checked(servable: Servable): Servable {
  const check = new RequestCheck(servable.metadata());
  const metadata = () => servable.metadata();
  const infer = async (request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> =>
    requestedOutputs(request, await servable.infer(check.checked(request), signal));
  const stream = servable.inferStream?.bind(servable);
  if (stream === undefined) return { infer, metadata };
  return {
    infer,
    metadata,
    inferStream: (request, signal) =>
      watchedStream({
        begin: () => stream(check.checked(request), signal),
        each: (response) => requestedOutputs(request, response),
      }),
  };
}
