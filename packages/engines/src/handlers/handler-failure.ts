// A failed handler as an inference error, with the place in its code for the log.
import { InferenceError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { isPredictionError } from "./prediction-error.ts";

/** What TorchServe answers, and what its clients look for. */
const predictionFailed = { status: 503, reason: "Prediction failed" };

/** What it answers where there is no memory left, and how V8, onnxruntime and GPUs say so. */
const outOfResources = { status: 507, reason: "Out of resources" };
const noMemory = /allocation failed|[Ff]ailed to allocate memory|bad_alloc|bad allocation|out of memory|CUDA/;

/** The message of a `PredictionError` goes to the client; that of any other error only to the log. */
export function handlerFailure(model: string, thrown: unknown): InferenceError {
  const { status, reason } = isPredictionError(thrown)
    ? { status: thrown.status, reason: thrown.message }
    : thrown instanceof Error && noMemory.test(thrown.message)
      ? outOfResources
      : predictionFailed;
  return new InferenceError("handler-failed", { model, status, reason }, new Error(sentenceOf(thrown)));
}

/** The message, and where in the archive's code it was thrown: only this sentence crosses to the server's log. */
export function sentenceOf(thrown: unknown): string {
  const [, place] =
    (thrown instanceof Error && /sealserve-archive:\/\/\/(\S+?:\d+(?::\d+)?)/.exec(thrown.stack ?? "")) || [];
  return place ? `${reasonOf(thrown)} (${place})` : reasonOf(thrown);
}
