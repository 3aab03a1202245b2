// Bad requests: each is refused with Triton's status and sentence, and tells no value that was sent.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Question } from "@sealserve/conformance/fixtures/ask-protocol";
import {
  binaryBody,
  echoService,
  openInferenceOver,
  type Received,
  send,
} from "@sealserve/conformance/fixtures/open-inference";
import { bytesOf, encodeByteStrings } from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";

const protocol = openInferenceOver(echoService());
const infer = (question: Question | string, model = "identity"): Promise<Received> =>
  send(protocol, "POST", `/v2/models/${model}/infer`, question);

const floats = bytesOf(new Float32Array(16));
const json = { name: "INPUT0", shape: [2], datatype: "FP32", data: [1, 2] };
const behind = { name: "INPUT0", shape: [1, 16], datatype: "FP32", parameters: { binary_data_size: 64 } };

const body = (inputs: unknown, more: object = {}): string => JSON.stringify({ inputs, ...more });

function assertRefused(received: Received, status: number, sentence: string | RegExp): void {
  assert.equal(received.status, status, received.text);
  const { error, ...others } = JSON.parse(received.text);
  assert.deepEqual(others, {});
  if (typeof sentence === "string") assert.equal(error, sentence);
  else assert.match(error, sentence);
}

type Case = readonly [what: string, body: string, status: number, sentence: string | RegExp];

const oneSource =
  "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', " +
  "'shared_memory_region' in 'parameters'. But";

const documents: readonly Case[] = [
  ["no body", "", 400, /^failed to parse the request JSON buffer: .* at 0$/],
  ["no JSON", "{inputs", 400, /^failed to parse the request JSON buffer: .* at 1$/],
  ["trailing bytes", `${body([json])}x`, 400, /something follows the document/],
  ["depth 10,000", `{"x":${"[".repeat(10_000)}`, 400, "JSON nesting depth exceeds maximum allowed limit (100)"],
  ["depth 10,000 in data", body([json]).replace("[1,2]", "[".repeat(10_000)), 400, /^JSON nesting depth exceeds/],
  ["the same key twice", '{"inputs":[],"inputs":[]}', 400, /the same key twice/],
  ["the same key twice in an input", '{"inputs":[{"name":"a","name":"b"}]}', 400, /the same key twice/],
  ["the same key twice in an unknown member", '{"x":{"a":1,"a":1},"inputs":[]}', 400, /the same key twice/],
  ["a key of 1 MB", `{"${"k".repeat(1 << 20)}":1}`, 400, /a key has more than 65536 bytes/],
  ["another kind of document", "[]", 400, "Unable to parse 'request': attempt to access JSON non-object as object"],
  ["no inputs", "{}", 400, "Unable to parse 'inputs': attempt to access non-existing object member 'inputs'"],
  [
    "inputs of another kind",
    '{"inputs":{}}',
    400,
    "Unable to parse 'inputs': attempt to access JSON non-array as array",
  ],
  ["an input of another kind", '{"inputs":[1]}', 400, /^Unable to parse 'inputs'/],
  ["an id of another kind", body([json], { id: 7 }), 400, /^Unable to parse 'id'/],
  ["outputs of another kind", body([json], { outputs: "x" }), 400, /^Unable to parse 'outputs'/],
  ["an output without a name", body([json], { outputs: [{}] }), 400, /^Unable to parse 'name'/],
];

const inputs: readonly Case[] = [
  ["no name", body([{ ...json, name: undefined }]), 400, /^Unable to parse 'name'/],
  ["no datatype", body([{ ...json, datatype: undefined }]), 400, /^Unable to parse 'datatype'/],
  ["no shape", body([{ ...json, shape: undefined }]), 400, /^Unable to parse 'shape'/],
  ["no data", body([{ ...json, data: undefined }]), 400, `${oneSource} no field is set`],
  [
    "two sources",
    body([{ ...json, parameters: { binary_data_size: 8 } }]),
    400,
    `${oneSource} set 'data' 'binary_data_size'`,
  ],
  [
    "an unknown datatype",
    body([{ ...json, datatype: "FP31" }]),
    400,
    /^invalid datatype for input INPUT0: 'FP31' is not/,
  ],
  ["a negative dimension", body([{ ...json, shape: [-2] }]), 400, /INPUT0.*dimension -2/],
  ["a fractional dimension", body([{ ...json, shape: [1.5] }]), 400, /INPUT0.*dimension 1.5/],
  ["a dimension that is no number", body([{ ...json, shape: ["2"] }]), 400, /^Unable to parse 'shape'/],
  ["an overflowing dimension", body([{ ...json, shape: [2 ** 60] }]), 400, /INPUT0/],
  ["an overflowing product", body([{ ...json, shape: [2 ** 40, 2 ** 40] }]), 400, /INPUT0.*overflows/],
  ["10,000 dimensions", body([{ ...json, shape: Array(10_000).fill(1) }]), 400, /INPUT0.*more than 64 dimensions/],
  ["too many elements", body([{ ...json, data: [1, 2, 3] }]), 400, /INPUT0.*2 elements/],
  [
    "too few elements",
    body([{ ...json, data: [1] }]),
    400,
    "input byte size mismatch for input 'INPUT0' for model 'identity'. Expected 8, got 4",
  ],
  ["data that is no list", body([{ ...json, data: 1 }]), 400, /^Unable to parse 'data'/],
  [
    "a value out of range",
    body([{ ...json, datatype: "UINT8", data: [1, 300] }]),
    400,
    /INPUT0.*outside 0 to 255 as element 2/,
  ],
  ["a fraction as an integer", body([{ ...json, datatype: "INT32", data: [1, 1.5] }]), 400, /INPUT0.*no integer/],
  [
    "an integer of 65 bits",
    body([{ ...json, datatype: "INT64", data: [0] }]).replace("[0]", "[0,9223372036854775808]"),
    400,
    /INPUT0/,
  ],
  ["a string as a number", body([{ ...json, data: ["secret", 1] }]), 400, /INPUT0.*a string as element 1$/],
  [
    "FP16 as JSON",
    body([{ ...json, datatype: "FP16" }]),
    400,
    "receiving FP16 data via JSON is not supported. Please use the binary data format for input INPUT0",
  ],
  ["the same name twice", body([json, json]), 400, "input 'INPUT0' already exists in inputs"],
  [
    "binary data without a header",
    body([behind]),
    400,
    /^must specify valid 'Infer-Header-Content-Length' in request header/,
  ],
  [
    "a negative size",
    body([{ ...behind, parameters: { binary_data_size: -1 } }]),
    400,
    /^Unable to parse 'binary_data_size'/,
  ],
];

const parameters: readonly Case[] = [
  [
    "a reserved name",
    body([json], { parameters: { triton_x: 1 } }),
    400,
    "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.",
  ],
  ["a parameter of another kind", body([json], { parameters: { x: [] } }), 400, /^Unable to parse 'x'/],
  ["a timeout below zero", body([json], { parameters: { timeout: -1 } }), 400, /^Unable to parse 'timeout'/],
  [
    "a flag that is none",
    body([json], { parameters: { binary_data_output: 1 } }),
    400,
    /^Unable to parse 'binary_data_output'/,
  ],
  ["a sequence", body([json], { parameters: { sequence_id: 7 } }), 501, "sequence_id is not supported"],
  [
    "classification",
    body([json], { outputs: [{ name: "x", parameters: { classification: 3 } }] }),
    501,
    "classification is not supported",
  ],
  [
    "shared memory for an input",
    body([{ ...json, data: undefined, parameters: { shared_memory_region: "r" } }]),
    501,
    "shared memory is not supported",
  ],
  [
    "shared memory for an output",
    body([json], { outputs: [{ name: "x", parameters: { shared_memory_region: "r" } }] }),
    501,
    "shared memory is not supported",
  ],
];

describe("Open Inference Protocol, refusals", () => {
  for (const [what, sent, status, sentence] of [...documents, ...inputs, ...parameters]) {
    it(`refuses ${what}`, async () => assertRefused(await infer(sent), status, sentence));
  }

  const header = "inference-header-content-length";
  for (const text of ["x", "-1", "1.5", "", "99999999999999999999"]) {
    it(`refuses the header length '${text}'`, async () => {
      assertRefused(
        await infer({ body: "{}", headers: { [header]: text } }),
        400,
        `Unable to parse Inference-Header-Content-Length, got: ${text}`,
      );
    });
  }

  it("refuses a header length beyond the body", async () => {
    assertRefused(
      await infer({ body: "{}", headers: { [header]: "3" } }),
      400,
      "inference header size should be in range (0, 2), got: 3",
    );
  });

  const sizes: readonly (readonly [string, object, Bytes, string])[] = [
    [
      "missing bytes",
      behind,
      floats.subarray(4),
      "unexpected size for input 'INPUT0', expecting 4 additional bytes for model 'identity'",
    ],
    ["bytes too many", behind, new Uint8Array(65), "unexpected additional input data for model 'identity'"],
    [
      "bytes that do not fit the shape",
      { ...behind, shape: [1, 15] },
      floats,
      "input byte size mismatch for input 'INPUT0' for model 'identity'. Expected 60, got 64",
    ],
  ];
  for (const [what, input, data, sentence] of sizes) {
    it(`refuses ${what}`, async () => {
      assertRefused(await infer(binaryBody({ inputs: [input] }, data)), 400, sentence);
    });
  }

  it("refuses byte strings that run past their end, or that are not as many as the shape says", async () => {
    for (const bytes of [Uint8Array.of(9, 0, 0, 0, 1), encodeByteStrings([utf8("a"), utf8("b")])]) {
      const input = { name: "T", datatype: "BYTES", shape: [1], parameters: { binary_data_size: bytes.length } };
      assertRefused(await infer(binaryBody({ inputs: [input] }, bytes)), 400, /'T'/);
    }
  });

  it("refuses a compressed body, and says what it takes", async () => {
    const received = await infer({ body: body([json]), headers: { "content-encoding": "gzip" } });
    assertRefused(received, 501, "Unsupported compression type");
    assert.equal(received.headers["accept-encoding"], "identity");
  });

  it("refuses raw bodies that do not tell a tensor", async () => {
    const raw = (bytes: Bytes): Question => ({ body: bytes, headers: { [header]: "0" } });
    assertRefused(await infer(raw(floats), "pair"), 400, /^Raw request must only have 1 input/);
    assertRefused(await infer(raw(floats), "square"), 400, /more than one variable-sized dimension$/);
    assertRefused(await infer(raw(floats.subarray(1))), 400, /can not be deduced/);
  });

  it("refuses to give FP16 as JSON", async () => {
    const input = { name: "INPUT0", datatype: "FP16", shape: [1], parameters: { binary_data_size: 2 } };
    const sentence = "sending FP16 data via JSON is not supported. Please use the binary data format for output";
    assertRefused(await infer(binaryBody({ inputs: [input] }, new Uint8Array(2))), 400, sentence);
  });
});
