// The demo's requests: what is sent, the curl line that sends the same, and what is read from the answer.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface DemoRequest {
  readonly title: string;
  /** As a user would type it. */
  readonly curl: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface DemoServer {
  readonly torchserve: string;
  readonly openInference: string;
  readonly tensorflowServing: string;
}

export interface DemoInput {
  /** Path of the image, as it is typed. */
  readonly imagePath: string;
  readonly image: Uint8Array<ArrayBuffer>;
  /** [1, 3, 48, width]. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The image to the handler, through the TorchServe API. */
export function imageRequest({ torchserve }: DemoServer, { imagePath, image }: DemoInput): DemoRequest {
  const url = `${torchserve}/predictions/reader`;
  return {
    title: "TorchServe API: an image in, its text out",
    curl: `curl ${url} -T ${imagePath}`,
    url,
    headers: {},
    body: image,
  };
}

/** The tensor as JSON and as binary data through Open Inference v2, and as JSON through TensorFlow Serving's REST API. */
export async function tensorRequests(
  server: DemoServer,
  input: DemoInput,
  folder: string,
): Promise<readonly DemoRequest[]> {
  const { shape, values } = input;
  const tensor = { name: "x", shape, datatype: "FP32" };
  const data = [...values];
  const json = Buffer.from(JSON.stringify({ inputs: [{ ...tensor, data }] }));
  const header = Buffer.from(
    JSON.stringify({
      inputs: [{ ...tensor, parameters: { binary_data_size: values.byteLength } }],
      parameters: { binary_data_output: true },
    }),
  );
  const binary = Buffer.concat([header, new Uint8Array(values.buffer)]);
  const rows = Buffer.from(JSON.stringify({ instances: nest(data, shape) }));
  const v2 = `${server.openInference}/v2/models/recognition/infer`;
  const tfs = `${server.tensorflowServing}/v1/models/recognition:predict`;
  const length = { "inference-header-content-length": String(header.length) };
  return Promise.all([
    request("Open Inference v2, JSON", v2, {}, json, join(folder, "v2.json")),
    request("Open Inference v2, binary tensors", v2, length, binary, join(folder, "v2.bin")),
    request("TensorFlow Serving REST", tfs, {}, rows, join(folder, "tfs.json")),
  ]);
}

async function request(
  title: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  file: string,
): Promise<DemoRequest> {
  await writeFile(file, body);
  const flags = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`);
  return {
    title,
    curl: `curl ${url}${flags.join("")} --data-binary @${file}`,
    url,
    headers,
    body: new Uint8Array(body),
  };
}

/** Nested lists of this shape. */
function nest(values: readonly number[], shape: readonly number[]): unknown {
  const [size = 1, ...inner] = shape;
  if (inner.length === 0) return values;
  const step = values.length / size;
  return Array.from({ length: size }, (_, i) => nest(values.slice(i * step, (i + 1) * step), inner));
}
