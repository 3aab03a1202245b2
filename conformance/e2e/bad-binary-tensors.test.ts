// Open Inference tensors in binary whose sizes do not agree with their shape, the header or the body.
import { concatBytes, utf8 } from "@sealserve/primitives";
import { lastingServer, type Refusal, refuses } from "./refusals.ts";

const served = lastingServer();

const octets = { "content-type": "application/octet-stream" };

interface BinaryForm {
  readonly shape?: readonly number[];
  /** As the JSON promises. */
  readonly size?: unknown;
  /** As they are. */
  readonly bytes?: number;
  /** `Inference-Header-Content-Length`, from the true length. */
  readonly header?: (length: number) => string;
}

/** A body whose one tensor is FP32[1, 4] in 16 bytes, but for what is said otherwise. */
function binary({
  shape = [1, 4],
  size = 16,
  bytes = 16,
  header = String,
}: BinaryForm): Pick<Refusal, "body" | "headers"> {
  const input = { name: "input", datatype: "FP32", shape, parameters: { binary_data_size: size } };
  const head = utf8(JSON.stringify({ inputs: [input] }));
  return {
    body: new Uint8Array(concatBytes([head, new Uint8Array(bytes)])),
    headers: { ...octets, "inference-header-content-length": header(head.length) },
  };
}

refuses(served, "openInference", [
  { what: "a size that is not the shape's", ...binary({ size: 12, bytes: 12 }), says: ["'input'", "16", "12"] },
  { what: "a size beyond the body", ...binary({ bytes: 12 }), says: ["'input'", "4 additional bytes"] },
  { what: "bytes that no tensor takes", ...binary({ bytes: 20 }), says: ["additional input data", "'line'"] },
  { what: "a size that overflows", ...binary({ size: 2 ** 63 }), says: ["binary_data_size"] },
  { what: "a negative size", ...binary({ size: -16 }), says: ["binary_data_size", "whole number"] },
  { what: "a size that is text", ...binary({ size: "16" }), says: ["binary_data_size"] },
  { what: "a negative dimension", ...binary({ shape: [-1, 4] }), says: ["'input'", "-1"] },
  { what: "dimensions that overflow", ...binary({ shape: [2 ** 32, 2 ** 32] }), says: ["'input'", "overflows"] },
  { what: "another shape than the model's", ...binary({ shape: [2, 2] }), says: ["'input'", "[-1,4]", "[2,2]"] },
  { what: "a header length beyond the body", ...binary({ header: () => "100000" }), says: ["100000"] },
  { what: "a header length that cuts the JSON", ...binary({ header: (n) => `${n - 1}` }), says: ["JSON"] },
  {
    what: "a header length that takes tensor bytes for JSON",
    ...binary({ header: (n) => `${n + 1}` }),
    says: ["JSON"],
  },
  { what: "a header length that is no number", ...binary({ header: () => "many" }), says: ["many"] },
  { what: "a negative header length", ...binary({ header: () => "-1" }), says: ["-1"] },
  {
    what: "raw bytes that fill no row",
    body: new Uint8Array(15),
    headers: { ...octets, "inference-header-content-length": "0" },
    says: ["'input'", "15", "16"],
  },
  {
    what: "raw bytes for two inputs",
    model: "pair",
    body: new Uint8Array(16),
    headers: { ...octets, "inference-header-content-length": "0" },
    says: ["'pair'", "2 inputs"],
  },
]);
