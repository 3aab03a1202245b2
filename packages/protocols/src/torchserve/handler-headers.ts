// Headers and status of a reply as a handler chose them, held to what HTTP allows and the server leaves to it.
import {
  InferenceError,
  type InferenceResponse,
  parametersToHeaders,
  reasonParameter,
  statusParameter,
} from "@sealserve/inference";

/** Headers that only the server may set: they frame the reply, or every reply has them. */
const ownHeaders: ReadonlySet<string> = new Set([
  ...["cache-control", "expires", "pragma", "x-request-id"],
  "connection",
  "content-length",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** By lower-case name, `mediaType` included. Throws `handler-failed` for what is no header (RFC 9110, section 5). */
export function headersOf({ model, parameters }: InferenceResponse, mediaType: string | null): Record<string, string> {
  const headers: Record<string, string> = {};
  const chosen = parametersToHeaders(parameters);
  if (mediaType !== null) chosen["content-type"] = mediaType;
  for (const [name, value] of Object.entries(chosen)) {
    if (!token.test(name) || !fieldValue.test(value))
      throw failed(model.name, "it set a response header that HTTP does not allow");
    if (!ownHeaders.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** 200 where the handler chose none. Throws `handler-failed` for what is no final status. */
export function statusOf({ model, parameters }: InferenceResponse): number {
  const status = parameters?.[statusParameter] ?? 200;
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 999) return status;
  throw failed(model.name, `it set the response status ${status}, which is none from 200 to 999`);
}

/** Empty where the handler chose none, as in the original, or one that HTTP cannot send. */
export function reasonOf({ parameters }: InferenceResponse): string {
  const reason = String(parameters?.[reasonParameter] ?? "");
  return fieldValue.test(reason) ? reason : "";
}

function failed(model: string, reason: string): InferenceError {
  return new InferenceError("handler-failed", { model, status: 500, reason });
}
