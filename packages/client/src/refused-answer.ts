// The error that a refusal of TorchServe or TensorFlow Serving tells: by its status, with the sentence of its document.
import { InferenceError } from "@sealserve/inference";
import { strictTextOf } from "@sealserve/primitives";
import type { HttpAnswer } from "@sealserve/protocols";

/** Both name the reason in one member of a JSON object: `error` or `message`. */
export function refusedAnswer({ status, body }: HttpAnswer, model: string): InferenceError {
  const reason = readReason(body) ?? `the server answered with status ${status}`;
  if (status === 404) return new InferenceError("model-not-found", { model }, reason);
  if (status === 501) return new InferenceError("unsupported", { what: reason });
  if (status === 503 || status === 504) return new InferenceError("engine-unavailable", { model, reason });
  if (status < 500) return new InferenceError("malformed", { problem: reason });
  return new InferenceError("handler-failed", { model, status, reason });
}

function readReason(body: Uint8Array): string | null {
  try {
    const document: unknown = JSON.parse(strictTextOf(body));
    if (typeof document !== "object" || document === null) return null;
    const { error, message } = document as { readonly error?: unknown; readonly message?: unknown };
    const reason = error ?? message;
    return typeof reason === "string" ? reason : null;
  } catch {
    // Something else answered, such as a proxy: the status alone has to say it.
    return null;
  }
}
