// How each inference error leaves over TorchServe's APIs: its status, Java class name and sentence.
import type { AnyInferenceError } from "@sealserve/inference";
import type { HttpReply } from "../http/message.ts";
import { jsonReply } from "./json-reply.ts";
import { type ErrorDocument, TorchserveRefusal } from "./refusal.ts";

/** What `error` says to a TorchServe client (`HttpRequestHandler`, `ApiUtils`, `RestJob`). */
export function toErrorDocument(error: AnyInferenceError): ErrorDocument {
  const { message } = error;
  if (error instanceof TorchserveRefusal) return error.document;
  switch (error.code) {
    case "model-not-found":
      return document(404, "ModelNotFoundException", `Model not found: ${error.facts.model}`);
    case "version-not-found": {
      const { model, version } = error.facts;
      return document(
        404,
        "ModelVersionNotFoundException",
        `Model version: ${version} does not exist for model: ${model}`,
      );
    }
    case "malformed":
    case "missing-input":
    case "unexpected-input":
    case "unknown-datatype":
    case "datatype-mismatch":
    case "invalid-shape":
    case "shape-mismatch":
    case "size-mismatch":
    case "invalid-value":
    case "batch-too-large":
    case "unknown-output":
    case "invalid-parameter":
    case "unsupported":
      return document(400, "BadRequestException", message);
    case "unauthorized":
      return document(
        400,
        "InvalidKeyException",
        "Token Authorization failed. Token either incorrect, expired, or not provided correctly",
      );
    case "too-large":
      return document(413, "TooLongHttpContentException", message);
    case "model-not-ready": {
      const { model, version, state, reason } = error.facts;
      return document(
        503,
        "ServiceUnavailableException",
        `${noWorker(model, version)} The model is in state ${state}: ${reason}`,
      );
    }
    case "no-instance":
    case "queue-full":
      return document(503, "ServiceUnavailableException", noWorker(error.facts.model, error.facts.version));
    case "shutting-down":
    case "unavailable":
    case "cancelled":
      return document(503, "ServiceUnavailableException", message);
    case "handler-failed":
      return document(handlerStatus(error.facts.status), "InternalServerException", error.facts.reason);
    case "engine-failed":
      return document(503, "InternalServerException", `Prediction failed: ${error.facts.reason}`);
    case "unreachable":
      return document(503, "InternalServerException", "Worker died.");
    case "engine-unavailable":
    case "deadline-exceeded":
      // A worker that answers too late is ended, which is all that the original says of it.
      return document(500, "InternalServerException", "Worker died.");
    case "load-failed": {
      const { model, version } = error.facts;
      return document(
        500,
        "InternalServerException",
        `Failed to start workers for model ${model} version: ${version ?? "any"}`,
      );
    }
    case "already-loaded": {
      const { model, version } = error.facts;
      const sentence = `Model version ${version} is already registered for model ${model}`;
      return document(409, "ConflictStatusException", sentence);
    }
    case "default-version":
      return document(
        403,
        "InvalidModelVersionException",
        `Cannot remove default version for model ${error.facts.model}`,
      );
    case "model-set-changed":
    case "not-converged":
      return document(503, "ServiceUnavailableException", message);
    case "internal":
      return document(500, "InternalServerException", message);
  }
}

export function errorReply(error: AnyInferenceError): HttpReply {
  const answer = toErrorDocument(error);
  return jsonReply(answer.code, answer);
}

/** The refusal of a path that the API does not have, or has with other methods only. */
export function unmatchedReply(pathIsKnown: boolean): HttpReply {
  const answer = pathIsKnown
    ? document(405, "MethodNotAllowedException", "Requested method is not allowed, please refer to API document.")
    : document(404, "ResourceNotFoundException", "Requested resource is not found, please refer to API document.");
  return jsonReply(answer.code, answer);
}

function document(code: number, type: string, message: string): ErrorDocument {
  return { code, type, message };
}

/** TorchServe's sentence for "no worker" and for "queue full" alike; its quotes are the original's. An empty version is one that nobody named. */
function noWorker(model: string, version: string | null): string {
  const named = version === null || version === "" ? "" : `" Version ${version}`;
  return (
    `Model "${model}${named}" has no worker to serve inference request. Please use scale workers API to add workers. ` +
    "If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize"
  );
}

/** The code that a handler raised, whatever it says; TorchServe turns 413 into 507 (out of memory), and what HTTP cannot send is 503. */
function handlerStatus(status: number): number {
  if (status === 413) return 507;
  return Number.isInteger(status) && status >= 200 && status <= 999 ? status : 503;
}
