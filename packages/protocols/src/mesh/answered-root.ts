// How an answer inside the mesh says what answered: the Merkle root of the version, in a header.
import type { InferenceResponse } from "@sealserve/inference";
import type { HttpAnswer, HttpHeaders } from "../http/message.ts";

const header = "x-sealserve-root";

/** Of the answer to a request; none where nobody measured what answered. */
export function rootHeaders({ root }: InferenceResponse): HttpHeaders {
  return root === undefined ? {} : { [header]: root };
}

/** `response` with what its answer says of the root; whatever is none counts as none. */
export function withRoot(response: InferenceResponse, { headers }: Pick<HttpAnswer, "headers">): InferenceResponse {
  const root = headers[header];
  return root !== undefined && /^[0-9a-f]{64}$/.test(root) ? { ...response, root } : response;
}
