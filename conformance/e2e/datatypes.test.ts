// Every datatype goes in and comes out as it was: in binary bit for bit, in JSON digit for digit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Datatype, datatypes, elementSize, encodeByteStrings } from "@sealserve/inference";
import { concatBytes, utf8 } from "@sealserve/primitives";
import { post } from "./exchange.ts";
import { predictionUrl } from "./predictions.ts";
import { servedStore } from "./served-store.ts";

/** A model for each datatype: what it takes it gives. */
const served = servedStore({
  write: async (store) => {
    for (const datatype of datatypes) {
      const type = `TYPE_${datatype === "BYTES" ? "STRING" : datatype}`;
      const tensor = (name: string): string => `[{ name: "${name}", data_type: ${type}, dims: [-1] }]`;
      const config = `backend: "identity"\nmax_batch_size: 8\ninput ${tensor("INPUT0")}\noutput ${tensor("OUTPUT0")}\n`;
      await store.write(`${datatype}/config.pbtxt`, config);
      await store.write(`${datatype}/1/.keep`, "");
    }
  },
});

/** Three elements whose bits are all kinds, as far as the datatype has them. */
function threeElements(datatype: Datatype): Uint8Array {
  if (datatype === "BYTES") return encodeByteStrings([utf8("ä\0"), new Uint8Array([0xff, 0xfe]), new Uint8Array(0)]);
  if (datatype === "BOOL") return Uint8Array.of(1, 0, 1);
  return Uint8Array.from({ length: 3 * elementSize(datatype) }, (_, i) => (i * 89 + 0x81) & 0xff);
}

for (const datatype of datatypes) {
  test(`${datatype} in binary`, async () => {
    const bytes = threeElements(datatype);
    const input = { name: "INPUT0", datatype, shape: [1, 3], parameters: { binary_data_size: bytes.length } };
    const head = utf8(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }));
    const answer = await fetch(predictionUrl(served.server, "openInference", datatype), {
      method: "POST",
      headers: { "inference-header-content-length": `${head.length}` },
      body: new Uint8Array(concatBytes([head, bytes])),
    });
    assert.equal(answer.status, 200);
    const length = Number(answer.headers.get("inference-header-content-length"));
    const body = new Uint8Array(await answer.arrayBuffer());
    assert.deepEqual(body.subarray(length), bytes);
    assert.equal(JSON.parse(new TextDecoder().decode(body.subarray(0, length))).outputs[0].datatype, datatype);
  });
}

const numbers: readonly (readonly [Datatype, string])[] = [
  ["INT64", "9223372036854775807"],
  ["INT64", "-9223372036854775808"],
  ["UINT64", "18446744073709551615"],
  ["INT64", "9007199254740993"],
  ["UINT8", "255"],
  ["INT8", "-128"],
  ["BOOL", "true"],
  ["BYTES", '"a \\"b\\" ä"'],
  ["FP64", "0.1"],
  ["FP32", "NaN"],
  ["FP32", "Infinity"],
  ["FP64", "-Infinity"],
];

for (const [datatype, value] of numbers) {
  test(`${datatype} ${value} in JSON`, async () => {
    const body = `{"inputs":[{"name":"INPUT0","datatype":"${datatype}","shape":[1,1],"data":[${value}]}]}`;
    const { text } = await post(predictionUrl(served.server, "openInference", datatype), body);
    const [, found] = /"data":\s*\[([^\]]*)\]/.exec(text) ?? [];
    assert.equal(found, value, text);
  });
}

test("64-bit integers keep every digit over TorchServe and TensorFlow Serving too", async () => {
  for (const [protocol, body] of [
    ["torchserve", "[[9007199254740993]]"],
    ["tensorflowServing", '{"instances":[[9007199254740993]]}'],
  ] as const) {
    const url = predictionUrl(served.server, protocol, "INT64");
    const { text } = await post(url, body, { "content-type": "application/json" });
    assert.match(text, /\b9007199254740993\b/);
  }
});

for (const [datatype, value] of [
  ["UINT8", "256"],
  ["INT8", "-129"],
  ["INT64", "9223372036854775808"],
  ["INT32", "1.5"],
  ["BOOL", '"yes"'],
  ["FP32", "null"],
] as const) {
  test(`${datatype} ${value} is refused`, async () => {
    const body = `{"inputs":[{"name":"INPUT0","datatype":"${datatype}","shape":[1,1],"data":[${value}]}]}`;
    const { status, text } = await post(predictionUrl(served.server, "openInference", datatype), body);
    assert.equal(status, 400, text);
    assert.ok(text.includes("'INPUT0'") && text.includes(datatype), text);
  });
}
