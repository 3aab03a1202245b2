// The protocol over a service in memory that gives inputs back, driven without a socket.
import {
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type InferenceService,
  type ModelMetadata,
  type ModelSpec,
  type ModelStatus,
  toInferenceError,
} from "@sealserve/inference";
import { type Bytes, concatBytes, textOf, utf8 } from "@sealserve/primitives";
import type { HttpReply, HttpRequest } from "../http/message.ts";
import { openInference } from "./protocol.ts";

export const identity: ModelMetadata = {
  name: "identity",
  version: "1",
  versions: ["1"],
  platform: "reference",
  kind: "tensors",
  maxBatchSize: 0,
  inputs: [{ name: "INPUT0", datatype: "FP32", shape: [-1, 16] }],
  outputs: [{ name: "OUTPUT0", datatype: "FP32", shape: [-1, 16] }],
};
const models = new Map<string, ModelMetadata>([
  ["identity", identity],
  ["pair", { ...identity, name: "pair", inputs: [...identity.inputs, ...identity.inputs] }],
  ["square", { ...identity, name: "square", inputs: [{ name: "INPUT0", datatype: "FP32", shape: [-1, -1] }] }],
  [
    "text",
    { ...identity, name: "text", maxBatchSize: 8, inputs: [{ name: "TEXT", datatype: "BYTES", shape: [-1, 1] }] },
  ],
]);
const statuses: readonly ModelStatus[] = [
  { name: "broken", version: "2", state: "end", reason: "not an ONNX file" },
  { name: "gone", version: "1", state: "end" },
  { name: "identity", version: "1", state: "available" },
  { name: "late", version: "1", state: "loading" },
];

/** Gives inputs back as outputs; keeps the last request. */
export class EchoService implements InferenceService {
  last: InferenceRequest | null = null;

  async infer(request: InferenceRequest): Promise<InferenceResponse> {
    await this.metadata(request.model);
    this.last = request;
    const outputs = request.inputs.map((input) => ({ ...input, name: input.name.replace("INPUT", "OUTPUT") }));
    return { model: { name: request.model.name, version: "1" }, outputs };
  }

  inferStream(): AsyncIterable<InferenceResponse> {
    throw new InferenceError("unsupported", { what: "streaming" });
  }

  async metadata({ name, version }: ModelSpec): Promise<ModelMetadata> {
    if (name === "broken") {
      throw new InferenceError("model-not-ready", {
        model: name,
        version: version ?? null,
        state: "end",
        reason: "no ONNX",
      });
    }
    const found = models.get(name);
    if (!found) throw new InferenceError("model-not-found", { model: name });
    if (version !== undefined && version !== "1")
      throw new InferenceError("version-not-found", { model: name, version });
    return found;
  }

  async status(): Promise<readonly ModelStatus[]> {
    return statuses;
  }

  async list(): Promise<readonly ModelStatus[]> {
    return statuses;
  }
}

export interface Received {
  readonly status: number;
  readonly headers: HttpReply["headers"];
  readonly body: Bytes;
  readonly text: string;
}

/** Sends requests through the handlers of one protocol, as a router does it. */
export class DrivenProtocol {
  readonly service = new EchoService();
  up = true;
  readonly protocol = openInference({
    service: this.service,
    server: { name: "sealserve", version: "0.1.0" },
    live: () => this.up,
    ready: () => this.up,
  });

  async send(method: string, path: string, body: Bytes | string = "", headers = {}): Promise<Received> {
    const bytes = typeof body === "string" ? utf8(body) : body;
    const reply = await this.#answer({ method, path, query: "", headers, body: bytes });
    const chunks: Bytes[] = [];
    for await (const chunk of reply.body) chunks.push(chunk);
    const whole = concatBytes(chunks);
    return { status: reply.status, headers: reply.headers, body: whole, text: textOf(whole) };
  }

  infer(body: Bytes | string, headers = {}, model = "identity"): Promise<Received> {
    return this.send("POST", `/v2/models/${model}/infer`, body, headers);
  }

  async #answer(request: HttpRequest): Promise<HttpReply> {
    for (const handler of this.protocol.handlers) {
      const captured = handler.method === request.method ? handler.path.match(request.path) : null;
      if (!captured) continue;
      try {
        return await handler.handle(request, captured, new AbortController().signal);
      } catch (error) {
        return this.protocol.refuse(toInferenceError(error));
      }
    }
    return this.protocol.unmatched(request);
  }
}

/** A body with binary data behind its JSON, and the header that tells them apart. */
export function binaryBody(json: object | string, ...data: Bytes[]): readonly [Bytes, Record<string, string>] {
  const header = utf8(typeof json === "string" ? json : JSON.stringify(json));
  return [concatBytes([header, ...data]), { "inference-header-content-length": `${header.length}` }];
}
