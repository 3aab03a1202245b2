// The Open Inference protocol over gRPC as TorchServe has it: what of it belongs to its inference listener.
import {
  InferenceError,
  type InferenceService,
  isInferenceError,
  type ModelSpec,
  type ModelStatus,
  type TensorMetadata,
} from "@sealserve/inference";
import { GRPCInferenceService } from "../../../generated/torchserve/open_inference_pb.ts";
import { type GrpcMethod, unary } from "../../../grpc/protocol.ts";
import { GrpcRefusal } from "../../../grpc/status.ts";
import { toErrorDocument } from "../../errors.ts";
import { originalVersion } from "../../open-api/index.ts";
import { isRegistered } from "../../registered.ts";
import type { PredictionParts } from "../predictions.ts";
import { refusalOf } from "../refusals.ts";
import { modelInfer } from "./infer.ts";

export interface OpenInferenceParts extends PredictionParts {
  /** Whether the process as a whole may take requests. */
  ready(): boolean;
}

const {
  serverLive,
  serverReady,
  serverMetadata,
  modelReady,
  modelMetadata,
  modelInfer: infer,
} = GRPCInferenceService.method;

/** TorchServe never answers ServerMetadata; here it says what `/v2` says over HTTP. */
export function openInferenceMethods(parts: OpenInferenceParts): readonly GrpcMethod[] {
  const { service, ready } = parts;
  return [
    unary("live", serverLive, async () => ({ live: true })),
    unary("ready", serverReady, async () => ({ ready: ready() })),
    unary("metadata", serverMetadata, async () => ({
      ...{ name: "Torchserve", version: originalVersion, extensions: ["kserve", "kubeflow"] },
    })),
    unary("modelReady", modelReady, ({ name, version }) =>
      found(modelOf(name, version, "name"), async (model) => {
        const versions = await registered(model, service);
        return { ready: ready() && versions.some(({ state }) => state === "available") };
      }),
    ),
    unary("modelMetadata", modelMetadata, ({ name, version }) =>
      found(modelOf(name, version, "model_name"), async (model) => {
        const { platform, kind, inputs, outputs } = await service.metadata(model);
        const versions = await registered({ name }, service);
        const described = { name, versions: versions.toReversed().map((status) => status.version) };
        if (kind === "fields") return described;
        return { ...described, platform, inputs: inputs.map(tensorMetadata), outputs: outputs.map(tensorMetadata) };
      }),
    ),
    // Its name is not that of predictions: the original does not count these calls among them.
    unary("infer", infer, (request, call) => modelInfer(request, call, parts)),
  ];
}

function modelOf(name: string, version: string, parameter: string): ModelSpec {
  if (name === "") throw new GrpcRefusal("internal", `Parameter ${parameter} is required.\nBadRequestException.()`);
  return version === "" ? { name } : { name, version };
}

/** Newest first. */
async function registered(model: ModelSpec, service: InferenceService): Promise<readonly ModelStatus[]> {
  const statuses = (await service.status(model)).filter(isRegistered);
  if (statuses.length > 0) return statuses;
  const { name, version } = model;
  throw version === undefined
    ? new InferenceError("model-not-found", { model: name })
    : new InferenceError("version-not-found", { model: name, version });
}

function tensorMetadata({ name, datatype, shape }: TensorMetadata) {
  return { name, datatype, shape: shape.map(BigInt) };
}

/** What is not there is NOT_FOUND, as in the management API; predictions have another word for it. */
async function found<T>(model: ModelSpec, ask: (model: ModelSpec) => Promise<T>): Promise<T> {
  try {
    return await ask(model);
  } catch (thrown) {
    if (!isInferenceError(thrown)) throw thrown;
    throw refusalOf(toErrorDocument(thrown));
  }
}
