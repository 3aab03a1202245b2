// How handlers fail and what they may say of their answers: statuses, reasons, headers, types, parts.
import { json, type Row, type RowOptions, rowsOn, typed } from "../row.ts";

const inference = rowsOn("inference");
const refuse = (name: string, wish: object, options: RowOptions = {}): Row =>
  inference(name, "POST /predictions/refuse", { ...json(wish), ...options });
const badHeader = { differs: "one bad header fails its own request, and does not cost the worker" };

export const handlerRows: readonly Row[] = [
  ...[400, 404, 413, 422, 429, 500, 503, 507, 513, 299, 999].map((code) =>
    refuse(`PredictionException with ${code}`, { kind: "prediction", code }),
  ),
  refuse("PredictionException with a message of marks", { kind: "prediction", code: 418, message: "<a> & 'b' \"ü\"" }),
  refuse("PredictionException with an empty message", { kind: "prediction", code: 418, message: "" }),
  refuse("an exception", { kind: "plain" }),
  refuse("a KeyError of the handler's own", { kind: "unknown" }),
  refuse("out of memory", { kind: "memory" }),
  refuse("CUDA's words", { kind: "cuda" }),
  refuse("too few answers", { kind: "short" }),
  refuse("no list", { kind: "dict" }),
  refuse("an answer that JSON cannot hold", { kind: "unserialisable" }),
  ...[200, 201, 204, 302, 400, 404, 500, 503].map((code) => refuse(`a status of ${code}`, { kind: "status", code })),
  refuse("a status and a reason", { kind: "status", code: 201, phrase: "Made Just Now" }),
  refuse("a refusing status and a reason", { kind: "status", code: 418, phrase: "Teapot" }),
  refuse("a status that HTTP does not know", { kind: "status", code: 799 }),
  refuse("the status of all", { kind: "all-status", code: 202, phrase: "" }),
  refuse("a header", { kind: "header", name: "x-told", value: "by the handler" }),
  refuse("a header that the server sets too", { kind: "header", name: "Cache-Control", value: "max-age=1" }),
  refuse("the header Connection", { kind: "header", name: "Connection", value: "upgrade" }),
  refuse("the header Content-Length", { kind: "header", name: "Content-Length", value: "1" }),
  refuse("the header content-type", { kind: "header", name: "content-type", value: "text/csv" }),
  refuse("a header with a line end", { kind: "header", name: "x-told", value: "a\r\nx-more: b" }, badHeader),
  refuse("a header's name with a space", { kind: "header", name: "x told", value: "a" }, badHeader),
  refuse("a content type", { kind: "type", value: "text/html; charset=utf-8" }),
  refuse("text", { kind: "value", answer: "grüße" }),
  refuse("empty text", { kind: "value", answer: "" }),
  refuse("a number", { kind: "value", answer: 4.5 }),
  refuse("true", { kind: "value", answer: true }),
  refuse("null", { kind: "value", answer: null }),
  refuse("a list", { kind: "value", answer: [1, "zwei", null] }),
  refuse("an object", { kind: "value", answer: { a: { b: [] }, ü: "ö" } }),
  refuse("bytes of a handler", { kind: "bytes" }),
  refuse("an answer larger than allowed", { kind: "long", length: 1_200_000 }),
  inference("after it the model answers", "POST /predictions/refuse", {
    ...json({ kind: "value", answer: 1 }),
    within: 20_000,
  }),
  inference("three parts", "POST /predictions/stream", json({ count: 3 })),
  inference("one part", "POST /predictions/stream", json({ count: 1 })),
  inference("parts with a type", "POST /predictions/stream", json({ count: 2, type: "text/event-stream" })),
  inference("parts to a request without a body", "POST /predictions/stream"),
  inference("a failure after two parts", "POST /predictions/stream", json({ count: 3, fail: true })),
  inference("the stream answers afterwards", "POST /predictions/stream", json({ count: 2 })),
  inference("parts by the old path", "POST /stream/predict", json({ count: 2 })),
  inference("a worker that exits with 1", "POST /predictions/dies", typed("text/plain", "exit 1")),
  inference("it answers after its restart", "POST /predictions/dies", {
    ...typed("text/plain", "alive?"),
    within: 20_000,
  }),
  inference("a worker that is killed", "POST /predictions/dies", {
    ...typed("text/plain", "kill"),
    // The original says 507 or 500: it may not know yet how its worker ended.
    without: [/^50[07].*$/m, /"code": 50[07]/],
  }),
  inference("it answers again", "POST /predictions/dies", { ...typed("text/plain", "alive?"), within: 20_000 }),
];
