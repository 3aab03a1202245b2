// What a backend says of itself to the frontends, about once a second.
import type { ModelKind, ModelStatus, StoredVersion } from "@sealserve/inference";

export interface BackendReport {
  /** Tells one start of the process from the next one. */
  readonly instance: string;
  /** False while it starts and while it drains; requests go to ready ones only. */
  readonly ready: boolean;
  /** It finishes what it has and takes nothing new. */
  readonly draining: boolean;
  /** The desired state that it has taken; null where it has none, or is a server that knows none. */
  readonly desired: { readonly epoch: string; readonly revision: number } | null;
  readonly models: readonly ReportedModel[];
  /** What lies in its model store, loaded or not; null where it does not tell. */
  readonly stored: readonly StoredVersion[] | null;
}

export interface ReportedModel extends ModelStatus {
  /** Whether it serves where a request names no version. */
  readonly isDefault: boolean;
  /** What management calls describe; null where the version is not loaded, or the backend does not tell. */
  readonly served: ServedModel | null;
  /** Merkle root of its files in hex; null where it is not measured. */
  readonly root: string | null;
}

/** What is known of a loaded version beside its state, for TorchServe's describe call and for metadata that Open Inference does not carry. */
export interface ServedModel {
  /** Where it was found. */
  readonly location: string;
  readonly engine: string;
  readonly kind: ModelKind;
  readonly instances: number;
  /** 0: no batch dimension; Infinity: no limit. */
  readonly maxBatchSize: number;
  /** Infinity: no limit. */
  readonly maxQueueSize: number;
  /** Milliseconds. */
  readonly maxQueueDelay: number;
  readonly responseTimeout: number;
  readonly loadTimeout: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}
