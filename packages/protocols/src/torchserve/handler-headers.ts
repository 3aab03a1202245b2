// Headers and status of a reply as a handler chose them, held to what HTTP allows and the server leaves to it.
import { InferenceError, type InferenceResponse, parametersToHeaders, statusParameter } from "@sealserve/inference";

/** Headers that only the server may set, since they frame the reply. */
const framing: ReadonlySet<string> = new Set([
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
    if (!framing.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** 200 where the handler chose none. Throws `handler-failed` for what is no final status. */
export function statusOf({ model, parameters }: InferenceResponse): number {
  const status = parameters?.[statusParameter] ?? 200;
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw failed(model.name, `it set the response status ${status}, which is none from 200 to 599`);
}

function failed(model: string, reason: string): InferenceError {
  return new InferenceError("handler-failed", { model, status: 503, reason });
}
