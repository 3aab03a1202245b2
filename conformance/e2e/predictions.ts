// Asks a model over each of the three protocols, and reads what the protocol says, be it an answer or a refusal.
import type { Datatype } from "@sealserve/inference";
import { type Answer, json, post } from "./exchange.ts";
import type { RunningServer } from "./running-server.ts";

export const protocolNames = ["torchserve", "openInference", "tensorflowServing"] as const;
export type ProtocolName = (typeof protocolNames)[number];

/** Nested lists, as all three protocols take them. */
export type Values = readonly (Values | number | string | boolean)[];

export interface InputValues {
  readonly datatype?: Datatype;
  readonly values: Values;
}

/** Inputs by name; FP32 unless they say otherwise. */
export type Inputs = Readonly<Record<string, InputValues>>;

/** Where predictions of `model`, which may end in a version as `m/2`, are asked for. */
export function predictionUrl(server: Pick<RunningServer, "url">, protocol: ProtocolName, model: string): string {
  const [name, version] = model.split("/");
  switch (protocol) {
    case "torchserve":
      return server.url("torchserve", `/predictions/${model}`);
    case "openInference":
      return server.url("openInference", `/v2/models/${name}${version ? `/versions/${version}` : ""}/infer`);
    case "tensorflowServing":
      return server.url("tensorflowServing", `/v1/models/${name}${version ? `/versions/${version}` : ""}:predict`);
  }
}

export function predict(server: RunningServer, protocol: ProtocolName, model: string, inputs: Inputs): Promise<Answer> {
  const url = predictionUrl(server, protocol, model);
  const byName = Object.fromEntries(Object.entries(inputs).map(([name, { values }]) => [name, values]));
  switch (protocol) {
    case "torchserve":
      return post(url, byName, { "content-type": "application/json" });
    case "openInference":
      return post(url, openInferenceDocument(inputs));
    case "tensorflowServing":
      return post(url, { inputs: byName });
  }
}

/** The body of an inference in Open Inference's words. */
function openInferenceDocument(inputs: Inputs): { readonly inputs: readonly unknown[] } {
  return {
    inputs: Object.entries(inputs).map(([name, { datatype = "FP32", values }]) => ({
      name,
      datatype,
      shape: shapeOf(values),
      data: values,
    })),
  };
}

/** The outputs of an answer by name, each flat; `only` names the output where a protocol gives a single one without a name. */
export function outputsOf(protocol: ProtocolName, answer: Answer, only: string): Readonly<Record<string, unknown[]>> {
  if (answer.status !== 200) throw new Error(`${protocol} answered ${answer.status}: ${answer.text}`);
  const document = json(answer);
  if (protocol === "openInference") {
    const { outputs } = document as { outputs: readonly { name: string; data: unknown[] }[] };
    return Object.fromEntries(outputs.map(({ name, data }) => [name, data]));
  }
  const value = protocol === "torchserve" ? document : (document as { outputs: unknown }).outputs;
  const byName = Array.isArray(value) ? { [only]: value } : (value as Record<string, unknown[]>);
  return Object.fromEntries(Object.entries(byName).map(([name, list]) => [name, list.flat(10)]));
}

/** The sentence of a refusal. */
export function refusalOf(protocol: ProtocolName, answer: Answer): string {
  const document = json(answer) as { error?: string; message?: string; code?: number };
  const sentence = protocol === "torchserve" ? document.message : document.error;
  if (sentence === undefined) throw new Error(`no error body of ${protocol}: ${answer.text}`);
  if (protocol === "torchserve" && document.code !== answer.status)
    throw new Error(`${document.code} is not the status`);
  return sentence;
}

function shapeOf(values: Values): number[] {
  const [first] = values;
  return Array.isArray(first) ? [values.length, ...shapeOf(first)] : [values.length];
}
