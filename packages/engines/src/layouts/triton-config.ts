// A Triton model configuration (`config.pbtxt`): what of it is served here, and a refusal of what is not.
// Source: Triton, common/protobuf/model_config.proto.
import type { TensorMetadata } from "@sealserve/inference";
import type { BatchingOptions, Isolation, OnnxOptions, WarmupRequest } from "../model-definition.ts";
import { ConfigMessage, type UnsupportedFields } from "./config-message.ts";
import { parseProtobufText } from "./protobuf-text.ts";
import type { ScannedPolicy } from "./scanned-model.ts";
import { readEngineParameters } from "./triton-onnx-options.ts";
import { readBatching, readInstances, readVersionPolicy } from "./triton-scheduling.ts";
import { readTensors } from "./triton-tensors.ts";
import { readWarmup } from "./triton-warmup.ts";

export interface TritonConfig {
  readonly name: string | null;
  readonly engine: "onnx" | "identity" | "add_sub";
  readonly policy: ScannedPolicy | null;
  readonly maxBatchSize: number | null;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  readonly modelFile: string;
  readonly instances: number | null;
  readonly batching: BatchingOptions;
  readonly onnx: OnnxOptions;
  readonly isolation: Isolation;
  readonly warmup: readonly WarmupRequest[];
  /** Settings that have no effect here and change no answer. */
  readonly unread: readonly string[];
}

const unsupported: UnsupportedFields = {
  ensemble_scheduling: "serve the steps as models and call them one after another",
  sequence_batching: "only models without state are served",
  batch_input: "leave it out",
  batch_output: "leave it out",
  model_operations: "leave it out",
  model_repository_agents: "leave it out",
  runtime: "leave it out",
};

/** Throws `config-syntax`, `config-value` or `config-unsupported`; `location` is for messages. */
export function parseTritonConfig(location: string, text: string): TritonConfig {
  const config = new ConfigMessage(location, parseProtobufText(location, text));
  refuseFeatures(config);
  const inputs = readTensors(config, "input");
  const outputs = readTensors(config, "output");
  const parameters = readEngineParameters(config);
  const read: TritonConfig = {
    name: config.string("name"),
    engine: readEngine(config),
    policy: readVersionPolicy(config),
    maxBatchSize: readMaxBatchSize(config, inputs.length + outputs.length > 0),
    inputs,
    outputs,
    modelFile: config.string("default_model_filename") || "model.onnx",
    instances: readInstances(config),
    batching: readBatching(config),
    onnx: parameters.onnx,
    isolation: parameters.isolation,
    warmup: readWarmup(config),
    unread: [...parameters.unread.map((key) => `parameters.${key}`), ...readWithoutEffect(config)],
  };
  config.finish(unsupported);
  return read;
}

/** Left out together with inputs and outputs, the engine completes all three from the model, as Triton does. */
function readMaxBatchSize(config: ConfigMessage, hasTensors: boolean): number | null {
  return config.count("max_batch_size", 0) ?? (hasTensors ? 0 : null);
}

function readEngine(config: ConfigMessage): TritonConfig["engine"] {
  const platform = config.string("platform") ?? "";
  const backend = config.string("backend") ?? "";
  if (backend === "identity" || backend === "add_sub") return backend;
  const given = backend || platform;
  if (given === "" || given === "onnxruntime" || given === "onnxruntime_onnx") return "onnx";
  const field = backend ? `backend: ${backend}` : `platform: ${platform}`;
  throw config.unsupported(field, "convert the model to ONNX and use backend 'onnxruntime'");
}

/** Features with a switch of their own, which may stand there switched off. */
function refuseFeatures(config: ConfigMessage): void {
  const transaction = config.message("model_transaction_policy");
  if (transaction?.boolean("decoupled")) {
    throw transaction.unsupported("decoupled", "each request has exactly one answer");
  }
  transaction?.finish();
  const cache = config.message("response_cache");
  if (cache?.boolean("enable")) throw cache.unsupported("enable", "switch the cache off");
  cache?.finish();
}

function readWithoutEffect(config: ConfigMessage): string[] {
  const names = ["cc_model_filenames", "metric_tags", "model_metrics"].filter((name) => config.has(name));
  for (const name of names) config.messages(name);
  return names;
}
