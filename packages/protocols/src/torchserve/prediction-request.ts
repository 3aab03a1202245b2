// The part of a prediction that all its paths share: headers as a handler sees them, and fields.
import type { HttpHeaders, HttpRequest } from "../http/message.ts";
import type { InvokeArguments } from "./documents.ts";
import { readFields, withQuery, writeFields } from "./fields.ts";

type Given = Pick<InvokeArguments, "headers" | "fields">;

/** Headers of a request that frame it or its connection; they end at the server. */
const framing: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "transfer-encoding",
]);

/** Throws `malformed` for a form that is none. */
export function readPrediction(request: HttpRequest): Given {
  return { headers: headersOf(request), fields: readFields(request) };
}

/** As `readPrediction`, with the pairs of the query as fields before those of the body: what the paths of old do. */
export function readPredictionWithQuery(request: HttpRequest): Given {
  const { headers, fields } = readPrediction(request);
  return { headers, fields: withQuery(request.query, fields) };
}

export function writePrediction(path: string, { headers, fields }: Given, query = ""): HttpRequest {
  const { mediaType, body } = writeFields(fields);
  const typed = mediaType === null ? headers : { ...headers, "content-type": mediaType };
  return { method: "POST", path, query, headers: typed, body };
}

/** Handlers look headers up letter by letter: by the names that the client wrote, where they are known. */
function headersOf({ headers, spelledHeaders }: HttpRequest): HttpHeaders {
  const passed: Record<string, string> = {};
  if (!spelledHeaders) {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined && !framing.has(name)) passed[name] = value;
    }
    return passed;
  }
  for (let i = 0; i + 1 < spelledHeaders.length; i += 2) {
    const name = spelledHeaders[i] ?? "";
    if (!framing.has(name.toLowerCase())) passed[name] = spelledHeaders[i + 1] ?? "";
  }
  return passed;
}
