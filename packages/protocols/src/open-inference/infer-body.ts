// The two parts of an infer body: JSON, then the binary data of tensors in their order.
import { InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type { HttpHeaders } from "../http/message.ts";

/** Bytes of JSON at the start of the body (Triton, binary tensor data extension). */
export const headerLengthName = "inference-header-content-length";

export interface InferBody {
  readonly json: Bytes;
  readonly binary: Bytes;
  /** The header's value; null: there is none, and the whole body is JSON. */
  readonly headerLength: number | null;
}

/** Splits a body, as views. Throws `malformed` for a length that is none or goes beyond the body. */
export function splitInferBody(headers: HttpHeaders, body: Bytes): InferBody {
  const text = headers[headerLengthName];
  if (text === undefined) return { json: body, binary: body.subarray(body.length), headerLength: null };
  if (!/^\d{1,15}$/.test(text)) {
    const problem = `Unable to parse Inference-Header-Content-Length, got: ${text.slice(0, 32)}`;
    throw new InferenceError("malformed", { problem });
  }
  const headerLength = Number(text);
  if (headerLength > body.length) {
    const problem = `inference header size should be in range (0, ${body.length}), got: ${headerLength}`;
    throw new InferenceError("malformed", { problem });
  }
  return { json: body.subarray(0, headerLength), binary: body.subarray(headerLength), headerLength };
}
