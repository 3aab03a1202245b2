// What TorchServe's gRPC calls are refused with: a status, a sentence, and on a second line the Java class behind it.
import type { AnyInferenceError } from "@sealserve/inference";
import { type GrpcCode, GrpcRefusal, type GrpcStatus } from "../../grpc/status.ts";
import { toErrorDocument } from "../errors.ts";
import type { ErrorDocument } from "../refusal.ts";

/** Packages of the classes that clients may read; all others are of `http`. */
const packages: Readonly<Record<string, string>> = {
  DownloadArchiveException: "archive",
  InvalidKeyException: "archive.model",
  InvalidModelException: "archive.model",
  ModelException: "archive.model",
  ModelNotFoundException: "archive.model",
  ModelVersionNotFoundException: "archive.model",
  InvalidWorkflowException: "archive.workflow",
  WorkflowException: "archive.workflow",
  WorkflowNotFoundException: "archive.workflow",
  WorkerInitializationException: "wlm",
};

/** Of the management API: the code that belongs to the HTTP status. */
export function managementStatus(error: AnyInferenceError): GrpcStatus {
  if (error.code === "unauthorized") return unauthorized(error);
  if (error.code === "cancelled") return inLines("cancelled", toErrorDocument(error));
  return statusOf(toErrorDocument(error));
}

/** Of the inference API, where it is nobody's own fault that a model is not there or takes no more (`InferenceImpl`). */
export function inferenceStatus(error: AnyInferenceError): GrpcStatus {
  const document = toErrorDocument(error);
  switch (error.code) {
    case "unauthorized":
      return unauthorized(error);
    case "no-instance":
    case "queue-full":
      return { code: "internal", message: `${document.message}\nInternalServerException.()` };
    case "handler-failed": {
      const { status } = error.facts;
      return inLines(codeOf(status >= 400 && status <= 599 ? status : 503), document);
    }
    case "deadline-exceeded":
      return inLines("deadline-exceeded", document);
    case "cancelled":
      return inLines("cancelled", document);
    default:
      return document.code === 404 ? inLines("internal", document) : statusOf(document);
  }
}

export function statusOf(document: ErrorDocument): GrpcStatus {
  return inLines(codeOf(document.code), document);
}

export function refusalOf(document: ErrorDocument): GrpcRefusal {
  const { code, message } = statusOf(document);
  return new GrpcRefusal(code, message);
}

/** No class stands beside it in the original either. */
export const tokenRefused: GrpcStatus = {
  code: "permission-denied",
  message: "Token Authorization failed. Token either incorrect, expired, or not provided correctly",
};

/** Whoever changes models while nobody may is told so in a sentence that HTTP has not. */
export function modelApiDisabled(): GrpcRefusal {
  const document = { code: 403, type: "ModelException", message: "Model API disabled" };
  return refusalOf(document);
}

function unauthorized(error: AnyInferenceError): GrpcStatus {
  return { ...tokenRefused, message: toErrorDocument(error).message };
}

function inLines(code: GrpcCode, { type, message }: ErrorDocument): GrpcStatus {
  return { code, message: `${message}\norg.pytorch.serve.${packages[type] ?? "http"}.${type}` };
}

/** The original's table (`GRPCUtils`). */
function codeOf(status: number): GrpcCode {
  switch (status) {
    case 400:
      return "invalid-argument";
    case 401:
      return "unauthenticated";
    case 403:
      return "permission-denied";
    case 404:
      return "not-found";
    case 409:
      return "aborted";
    case 413:
    case 429:
      return "resource-exhausted";
    case 416:
      return "out-of-range";
    case 499:
      return "cancelled";
    case 501:
      return "unimplemented";
    case 503:
      return "unavailable";
    case 504:
      return "deadline-exceeded";
    default:
      return status < 500 ? "failed-precondition" : "internal";
  }
}
