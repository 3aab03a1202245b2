// Nested lists and raw fields, as TensorFlow Serving and TorchServe take them, that do not fit their model.
import { lastingServer, refuses } from "./refusals.ts";

const served = lastingServer();

const row = [[1, 2, 3, 4]];
const nested = "[".repeat(10_000) + "]".repeat(10_000);

refuses(served, "tensorflowServing", [
  { what: "rows that are too short", body: { instances: [[1, 2, 3]] }, says: ["'input'", "'line'", "[-1,4]", "[1,3]"] },
  { what: "rows that are nested too deeply", body: { instances: [row] }, says: ["'input'", "[-1,4]", "[1,1,4]"] },
  { what: "rows of different lengths", body: { instances: [...row, [1, 2, 3]] }, says: ["'input'", "4 items", "3"] },
  { what: "rows of different depths", body: { instances: [...row, 5] }, says: ["'input'", "a list", "an element"] },
  { what: "no rows", body: { instances: [] }, says: ["No values in 'instances'"] },
  { what: "a value of another type", body: { instances: [[1, 2, 3, "4"]] }, says: ["'input'", "a string", "float"] },
  { what: "10,000 dimensions", body: `{"inputs":${nested}}`, says: ["depth", "100"] },
  { what: "a missing column", model: "pair", body: { inputs: { a: row } }, says: ["Missing named input: b"] },
  { what: "a row without an input", model: "pair", body: { instances: [{ a: row[0] }] }, says: ["element: 0", "a,b"] },
  { what: "an input too many", body: { inputs: { input: row, other: row } }, says: ["'line'", "'other'", "'input'"] },
  { what: "a wrong input name", body: { inputs: { inptu: row } }, says: ["'line'", "'inptu'", "'input'"] },
  {
    what: "columns of different lengths",
    model: "pair",
    body: { inputs: { a: row, b: [...row, ...row] } },
    says: ["'b'", "[1,4]", "[2,4]"],
  },
  { what: "an unknown signature", body: { instances: row, signature_name: "train" }, says: ['"train"'] },
]);

refuses(served, "torchserve", [
  { what: "rows that are too short", body: [[1, 2, 3]], says: ["'input'", "'line'", "[-1,4]", "[1,3]"] },
  { what: "rows of different lengths", body: [...row, [1]], says: ["'input'", "4 items", "1"] },
  { what: "a value of another type", body: [[1, 2, 3, true]], says: ["'input'", "FP32", "a boolean"] },
  { what: "10,000 dimensions", body: nested, says: ["depth", "100"] },
  { what: "a missing input", model: "pair", body: { a: row }, says: ["'pair'", "'a'", "'b'"] },
  { what: "an input too many", body: { input: row, other: row }, says: ["'line'", "'other'", "'input'"] },
  { what: "a wrong input name", body: { inptu: row }, says: ["'line'", "'inptu'", "'input'"] },
  {
    what: "raw bytes that fill no row",
    body: new Uint8Array(15),
    headers: { "content-type": "application/octet-stream" },
    says: ["'input'", "15"],
  },
  {
    what: "a media type that no tensor has",
    body: "x",
    headers: { "content-type": "image/png" },
    says: ["'input'", "application/json", "application/octet-stream"],
  },
  {
    what: "a form without its boundary",
    body: "x",
    headers: { "content-type": "multipart/form-data; boundary=b" },
    says: [],
  },
]);
