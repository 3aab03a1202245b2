// A model's metadata as its backend has it: what Open Inference does not carry is in the backend's report.
import type { ModelMetadata, ModelSpec } from "@sealserve/inference";
import type { BackendReport } from "../backends/backend-link.ts";
import { serves } from "./no-backend.ts";

/** `metadata` was read from Open Inference, where kind, limit of the batch and version are guessed; they stay so where the report does not tell. */
export function asReported(metadata: ModelMetadata, model: ModelSpec, report: BackendReport | null): ModelMetadata {
  const reported = report?.models.find((each) => serves(each, model));
  if (!reported) return metadata;
  const { version, served } = reported;
  return served
    ? { ...metadata, version, kind: served.kind, maxBatchSize: served.maxBatchSize }
    : { ...metadata, version };
}
