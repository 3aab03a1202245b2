// What answers TensorFlow Serving's REST API, over an inference service.
import {
  InferenceError,
  type InferenceService,
  isInferenceError,
  type ModelSpec,
  type ModelStatus,
} from "@sealserve/inference";
import type { AnswerContext } from "../http/protocol.ts";
import { type Pause, runPaced } from "../json/index.ts";
import { defaultSignature, shortened } from "../json-tensors/index.ts";
import type {
  ModelMetadataDocument,
  ModelReference,
  ModelVersionStatus,
  PredictArguments,
  PredictResult,
} from "./documents.ts";
import { toMetadataDocument, toVersionStatus } from "./metadata-document.ts";
import { readInputs, writeOutputs } from "./prediction.ts";
import { printedVersion } from "./version-text.ts";

export interface PredictionParts {
  readonly service: InferenceService;
  /** Lets others run while long JSON is read or written. */
  readonly pause: Pause;
}

export class TensorflowServingAnswers {
  readonly #parts: PredictionParts;

  constructor(parts: PredictionParts) {
    this.#parts = parts;
  }

  async predict(args: PredictArguments, { signal }: AnswerContext): Promise<PredictResult> {
    const { service, pause } = this.#parts;
    const model = await this.#find(args.model);
    const metadata = await service.metadata(model);
    checkSignature(args.signatureName);
    const inputs = await runPaced(readInputs(args.value, args.format, metadata), pause);
    const response = await service.infer({ model, inputs }, signal);
    return { format: args.format, value: await runPaced(writeOutputs(response, args.format), pause) };
  }

  async metadata(model: ModelReference): Promise<ModelMetadataDocument> {
    return toMetadataDocument(await this.#parts.service.metadata(await this.#find(model)));
  }

  /** Newest first; none where the model or the version is not known. */
  async status(model: ModelReference): Promise<readonly ModelVersionStatus[]> {
    refuseLabel(model);
    const { version } = model;
    const known = await this.#versions(model.name);
    const wanted = version === undefined ? known : [versionOf(known, version)].filter((each) => each !== undefined);
    return wanted.map(toVersionStatus);
  }

  /** The version under its own name: `1` may ask for `1.0`. Throws `version-not-found`. */
  async #find(model: ModelReference): Promise<ModelSpec> {
    refuseLabel(model);
    const { name, version } = model;
    if (version === undefined) return { name };
    const found = versionOf(await this.#versions(name), version);
    if (found === undefined) throw new InferenceError("version-not-found", { model: name, version });
    return { name, version: found.version };
  }

  async #versions(name: string): Promise<readonly ModelStatus[]> {
    try {
      return await this.#parts.service.status({ name });
    } catch (error) {
      if (isInferenceError(error) && error.code === "model-not-found") return [];
      throw error;
    }
  }
}

function versionOf(known: readonly ModelStatus[], asked: string): ModelStatus | undefined {
  const printed = printedVersion(asked);
  return (
    known.find(({ version }) => version === asked) ?? known.find(({ version }) => printedVersion(version) === printed)
  );
}

/** No labels can be defined yet. */
function refuseLabel({ label }: ModelReference): void {
  if (label === undefined) return;
  throw new InferenceError("malformed", { problem: `Unrecognized servable version label: ${shortened(label)}` });
}

function checkSignature(name: string): void {
  if (name === defaultSignature || name === "") return;
  throw new InferenceError("malformed", {
    problem: `Serving signature name: "${shortened(name)}" not found in signature def`,
  });
}
