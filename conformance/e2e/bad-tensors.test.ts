// Open Inference tensors in JSON that do not fit their model, or cannot be tensors at all.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { post } from "./exchange.ts";
import { predictionUrl, refusalOf } from "./predictions.ts";
import { lastingServer, refuses } from "./refusals.ts";

const served = lastingServer();

const values = { data: [1, 2, 3, 4] };
const tensor = (name: string): object => ({ name, datatype: "FP32", shape: [1, 4], ...values });

/** A document with one input of this shape, whose values are four if not given. */
function oneInput(shape: readonly unknown[], more: object = values): object {
  return { inputs: [{ name: "input", datatype: "FP32", shape, ...more }] };
}

refuses(served, "openInference", [
  { what: "too few values for the shape", body: oneInput([1, 4], { data: [1, 2, 3] }), says: ["'input'", "16", "12"] },
  { what: "too many values for the shape", body: oneInput([1, 3]), says: ["'input'", "3 elements", "more"] },
  { what: "another shape than the model's", body: oneInput([2, 2]), says: ["'input'", "'line'", "[-1,4]", "[2,2]"] },
  { what: "another rank than the model's", body: oneInput([1, 1, 4]), says: ["'input'", "[-1,4]", "[1,1,4]"] },
  { what: "a negative dimension", body: oneInput([-1, 4]), says: ["'input'", "-1", "whole number from 0"] },
  { what: "a broken dimension", body: oneInput([1.5, 4]), says: ["'input'", "1.5", "whole number from 0"] },
  { what: "a dimension that is text", body: oneInput(["1", 4]), says: ["shape", "number"] },
  { what: "dimensions that overflow", body: oneInput([2 ** 32, 2 ** 32]), says: ["'input'", "overflows"] },
  {
    what: "dimensions that overflow before a zero",
    body: oneInput([2 ** 32, 2 ** 32, 0]),
    says: ["'input'", "overflows"],
  },
  { what: "a dimension beyond all integers", body: oneInput([1e300, 4]), says: ["'input'", "1e+300"] },
  { what: "10,000 dimensions", body: oneInput(Array(10_000).fill(1)), says: ["'input'", "64 dimensions"] },
  {
    what: "an unknown datatype",
    body: { inputs: [{ ...tensor("input"), datatype: "FP31" }] },
    says: ["input", "FP31", "FP32"],
  },
  {
    what: "another datatype than the model's",
    body: { inputs: [{ ...tensor("input"), datatype: "INT32" }] },
    says: ["'input'", "INT32", "FP32"],
  },
  { what: "a missing input", model: "pair", body: { inputs: [tensor("a")] }, says: ["'pair'", "'a'", "'b'"] },
  {
    what: "an input too many",
    body: { inputs: [tensor("input"), tensor("other")] },
    says: ["'line'", "'other'", "'input'"],
  },
  { what: "a wrong input name", body: { inputs: [tensor("inptu")] }, says: ["'line'", "'inptu'", "'input'"] },
  { what: "an input twice", body: { inputs: [tensor("input"), tensor("input")] }, says: ["'input'"] },
  {
    what: "a value of another type",
    body: oneInput([1, 4], { data: [1, 2, 3, "4"] }),
    says: ["'input'", "FP32", "a string"],
  },
  { what: "no data", body: oneInput([1, 4], {}), says: ["data"] },
  { what: "no inputs", body: {}, says: ["inputs"] },
]);

test("a shape that promises gigabytes is refused before room is made for them", async () => {
  const before = await peakMemory();
  const answer = await post(predictionUrl(served.server, "openInference", "wide"), oneInput([2 ** 16, 2 ** 16]));
  assert.equal(answer.status, 400);
  assert.match(refusalOf("openInference", answer), /'input'/);
  assert.ok((await peakMemory()) - before < 64 * 1024 ** 2);
});

/** The most memory that the server has had resident so far, in bytes. */
async function peakMemory(): Promise<number> {
  const status = await readFile(`/proc/${served.server.process.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
