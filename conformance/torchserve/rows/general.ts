// What belongs to no model: health, descriptions, unknown paths, odd methods and bad HTTP.
import { json, type Row, rowsOn, typed } from "../row.ts";

const inference = rowsOn("inference");
const management = rowsOn("management");
const metrics = rowsOn("metrics");
const description = { keysOnly: true, differs: "the document tells the calls of this server, in its own words" };

export const generalRows: readonly Row[] = [
  inference("ping", "GET /ping"),
  inference("ping with a slash at its end", "GET /ping/"),
  inference("ping by POST", "POST /ping"),
  inference("ping by HEAD", "HEAD /ping"),
  inference("ping with a query", "GET /ping?x=1"),
  inference("a client's own request ID is not taken", "GET /ping", {
    headers: { "X-Request-Id": "11111111-1111-4111-8111-111111111111" },
  }),
  inference("the description by OPTIONS", "OPTIONS /", description),
  inference("the description, old path", "GET /api-description", description),
  inference("the root by GET", "GET /"),
  inference("the root by POST", "POST /"),
  inference("an unknown path", "GET /nowhere"),
  inference("an unknown path by POST", "POST /nowhere/at/all", json({})),
  inference("an unknown path by OPTIONS", "OPTIONS /nowhere"),
  inference("management's path on the inference listener", "GET /models"),
  inference("metrics' path on the inference listener", "GET /metrics"),
  inference("predictions without a model", "POST /predictions"),
  inference("predictions with an empty model", "POST /predictions/"),
  inference("a path with a percent that is no escape", "GET /predictions/%zz"),
  inference("a query with a percent that is no escape", "GET /ping?x=%zz"),
  inference("an absolute URL", "GET http://127.0.0.1/ping", {
    differs: "a server has to take the absolute form of a request's target (RFC 9112, section 3.2.2)",
  }),
  inference("no HTTP at all", "RAW -", { raw: "this is no HTTP\n\n" }),
  inference("an unknown method", "RAW -", {
    raw: "FETCH /ping HTTP/1.1\nHost: a\n\n",
    differs: "methods that are not registered are refused before anything reads the request",
  }),
  inference("HTTP 1.0", "RAW -", { raw: "GET /ping HTTP/1.0\n\n" }),
  inference("no Host header", "RAW -", {
    raw: "GET /ping HTTP/1.1\nConnection: close\n\n",
    differs: "a request of HTTP/1.1 without Host has to be refused (RFC 9112, section 3.2)",
  }),
  inference("a length that is no number", "RAW -", {
    raw: "POST /predictions/echo HTTP/1.1\nHost: a\nContent-Length: many\n\nbody",
  }),
  inference("a body larger than allowed", "POST /predictions/echo", {
    ...typed("text/plain", "x".repeat(1_100_000)),
    differs: "the original says nothing but the status; here the reason stands in the document of every error",
  }),
  management("management's description by OPTIONS", "OPTIONS /", description),
  management("management's root by GET", "GET /"),
  management("an unknown path of management", "GET /nowhere"),
  management("ping on the management listener", "GET /ping"),
  management("predictions on the management listener", "POST /predictions/echo", typed("text/plain", "hi")),
  management("PATCH of models", "PATCH /models"),
  management("PUT of all models", "PUT /models"),
  management("DELETE of all models", "DELETE /models"),
  management("POST to one model", "POST /models/echo"),
  management("metrics on the management listener", "GET /metrics"),
  management("the token call while tokens are off", "GET /token?type=inference"),
  metrics("an unknown path of metrics", "GET /nowhere"),
  metrics("metrics' root", "GET /"),
  metrics("a metric by POST", "POST /metrics?name[]=Requests2XX"),
  metrics("one metric by name", "GET /metrics?name[]=nothing_has_this_name"),
];
