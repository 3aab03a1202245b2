// Predictions that work: every path, every kind of body, default handlers and models of torch.
import { readFileSync } from "node:fs";
import { json, multipart, type Row, rowsOn, typed } from "../row.ts";

const inference = rowsOn("inference");
const form = "application/x-www-form-urlencoded";
const bytes = new Uint8Array([0, 255, 128, 10, 13]);

/** `picture` is a PNG file. */
export function predictionRows(picture: string): readonly Row[] {
  const image = readFileSync(picture);
  return [
    inference("text", "POST /predictions/echo", typed("text/plain", "hello")),
    inference("bytes", "POST /predictions/echo", typed("application/octet-stream", bytes)),
    inference("a body without a type", "POST /predictions/echo", { body: "hello" }),
    inference("no body", "POST /predictions/echo"),
    inference("by PUT", "PUT /predictions/echo", typed("text/plain", "hello")),
    inference("by GET", "GET /predictions/echo"),
    inference("by DELETE", "DELETE /predictions/echo"),
    inference("by HEAD", "HEAD /predictions/echo"),
    inference("OPTIONS of a model's predictions", "OPTIONS /predictions/echo", { keysOnly: true }),
    inference("JSON comes back as JSON", "POST /predictions/echo", json({ a: [1, 2.5, null, "ü"] })),
    inference("JSON that is none", "POST /predictions/echo", typed("application/json", "{not json")),
    inference("text that is no UTF-8", "POST /predictions/echo", typed("text/plain", new Uint8Array([255, 254, 65]))),
    inference("the field data of a form", "POST /predictions/echo", multipart({ name: "data", value: "hello" })),
    inference("a version", "POST /predictions/echo/1.0", typed("text/plain", "hello")),
    inference("a path behind the version", "POST /predictions/inspect/3.1/some/way", typed("text/plain", "a")),
    inference("a slash behind the version", "POST /predictions/inspect/3.1/", typed("text/plain", "a")),
    inference("a slash behind the model", "POST /predictions/inspect/", typed("text/plain", "a")),
    inference("a query", "POST /predictions/inspect?one=1&two=a%20b&one=2", typed("text/plain", "a")),
    inference("what a handler sees of text", "POST /predictions/inspect", typed("text/plain", "grüße")),
    inference("of text with a charset", "POST /predictions/inspect", typed("text/plain; charset=utf-8", "a")),
    inference("of JSON", "POST /predictions/inspect", json({ a: 1 })),
    inference(
      "of JSON with a charset",
      "POST /predictions/inspect",
      typed("application/json; charset=utf-8", '{"a":1}'),
    ),
    inference("of JSON in capitals", "POST /predictions/inspect", typed("Application/JSON", '{"a":1}')),
    inference("of bytes", "POST /predictions/inspect", typed("application/octet-stream", bytes)),
    inference("of a body without a type", "POST /predictions/inspect", { body: "plain" }),
    inference("of no body", "POST /predictions/inspect"),
    inference("of no body by GET", "GET /predictions/inspect"),
    inference("of no body but a type", "POST /predictions/inspect", { headers: { "Content-Type": "text/plain" } }),
    inference(
      "of a form of parts",
      "POST /predictions/inspect",
      multipart(
        { name: "data", value: "first" },
        { name: "more", value: '{"a":1}', type: "application/json" },
        { name: "file", value: "content", type: "text/plain", file: "a.txt" },
        { name: "raw", value: "content", file: "b.bin" },
      ),
    ),
    inference(
      "of a part named twice",
      "POST /predictions/inspect",
      multipart({ name: "data", value: "first" }, { name: "data", value: "second" }),
    ),
    inference("of a form of fields", "POST /predictions/inspect", typed(form, "data=a%20b+c&more=1&data=2")),
    inference("of an empty form", "POST /predictions/inspect", typed(form, "")),
    inference("of a form without names, as curl -d sends JSON", "POST /predictions/inspect", typed(form, '{"a": 1}')),
    inference("of a form with bytes", "POST /predictions/inspect", typed(form, "data=%00%ff%80")),
    inference("of a form of several lines", "POST /predictions/inspect", typed(form, "data=1\r\nmore=2")),
    inference("of a form's field without a name", "POST /predictions/inspect", typed(form, "a=1&&b=2")),
    inference("of a form's name with a percent that is no escape", "POST /predictions/inspect", typed(form, "a%=1")),
    inference("of a form's value with a percent that is no escape", "POST /predictions/inspect", {
      ...typed(form, "a=%zz"),
      differs: "no message repeats the values that were sent",
    }),
    inference("of a form without a boundary", "POST /predictions/inspect", typed("multipart/form-data", "data")),
    inference("of a form that breaks off", "POST /predictions/inspect", {
      ...typed("multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\nhalf'),
      differs: "a handler is not called with what is left of a form that was cut short",
    }),
    inference("of a header of one's own", "POST /predictions/inspect", {
      headers: { "X-Shown": "seen", "Content-Type": "text/plain" },
      body: "a",
    }),
    inference("of a header in small letters", "POST /predictions/inspect", {
      headers: { "x-shown": "seen", "Content-Type": "text/plain" },
      body: "a",
    }),
    inference("a chunked body", "RAW -", {
      raw: "POST /predictions/echo HTTP/1.1\nHost: a\nConnection: close\nTransfer-Encoding: chunked\n\n3\nabc\n2\nde\n0\n\n",
    }),
    inference("a body that the client asks leave for", "RAW -", {
      raw: "POST /predictions/echo HTTP/1.1\nHost: a\nConnection: close\nExpect: 100-continue\nContent-Length: 3\n\nabc",
    }),
    inference("a class as a handler, and its YAML", "POST /predictions/upper", typed("text/plain", "shout")),
    inference("an eager model", "POST /predictions/linear-eager", json([1, 2])),
    inference("an eager model, wrapped rows", "POST /predictions/linear-eager", json({ instances: [0.5, -0.5] })),
    inference("an eager model, wrong shape", "POST /predictions/linear-eager", json([1, 2, 3])),
    inference("an explanation", "POST /explanations/linear-eager", json([1, 2])),
    inference("an explanation of a version", "POST /explanations/linear-eager/1.0", json([1, 2])),
    inference("what a handler sees of an explanation", "POST /explanations/inspect", typed("text/plain", "a")),
    inference("an explanation of an unknown model", "POST /explanations/nothing", json([1, 2])),
    inference("image_classifier", "POST /predictions/residual", typed("image/png", image)),
    inference(
      "image_classifier, an image in a form",
      "POST /predictions/residual",
      typed("application/octet-stream", image),
    ),
    inference("image_classifier, base64", "POST /predictions/residual", typed("text/plain", image.toString("base64"))),
    inference("image_classifier, no image", "POST /predictions/residual", typed("image/png", "no image")),
    inference("the old predict path", "POST /echo/predict", typed("text/plain", "hello")),
    inference("the old predict path, query as inputs", "GET /inspect/predict?data=a&more=b"),
    inference("the old predict path, a version", "POST /echo/1.0/predict", typed("text/plain", "hello")),
    inference("the old predict path, unknown model", "POST /nothing/predict", typed("text/plain", "hello")),
    inference("an unknown model", "POST /predictions/nothing", typed("text/plain", "hello")),
    inference("an unknown version", "POST /predictions/echo/9.9", typed("text/plain", "hello")),
    inference("an unknown model with a version", "POST /predictions/nothing/1.0", typed("text/plain", "hello")),
    inference("a model's name in the wrong case", "POST /predictions/ECHO", typed("text/plain", "hello")),
    inference("a model's name with an escape", "POST /predictions/ec%68o", typed("text/plain", "hello")),
  ];
}
