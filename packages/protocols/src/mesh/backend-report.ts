// What a backend says of itself to the frontends, about once a second.
import type { ModelKind, ModelStatus, StoredVersion, StoredWorkflow } from "@sealserve/inference";

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
  /** The workflow archives there; left out where it does not tell. */
  readonly workflows?: readonly StoredWorkflow[];
}

export interface ReportedModel extends ModelStatus {
  /** Whether it serves where a request names no version. */
  readonly isDefault: boolean;
  /** What management calls describe, without workers where the version does not serve; null where it was never opened, or the backend does not tell. */
  readonly served: ServedModel | null;
  /** Merkle root of its files in hex; null where it is not measured. */
  readonly root: string | null;
}

/** What is known of a version beside its state, for TorchServe's describe call and for metadata that Open Inference does not carry. */
export interface ServedModel {
  /** Where it was found. */
  readonly location: string;
  /** As it was registered: the entry of the model store, or where that was fetched from. */
  readonly url: string;
  readonly engine: string;
  /** What its handler runs in, such as `python`; `node` also where there is none. */
  readonly runtime: string;
  readonly kind: ModelKind;
  readonly instances: number;
  /** How many there may be, for who asks. */
  readonly maxInstances: number;
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
  /** Whether the server loaded it as it started, before any call. */
  readonly loadedAtStart: boolean;
  readonly workers: readonly ServedWorker[];
  /** Requests that wait for an engine. */
  readonly waiting: number;
  readonly settings: ServedSettings;
}

/** One instance that runs the model, or is being started. */
export interface ServedWorker {
  readonly id: string;
  /** Milliseconds since the epoch: since when it is in this state. */
  readonly since: number;
  readonly state: "ready" | "starting" | "waiting";
  /** The process that it is in; null where there is none now. */
  readonly pid: number | null;
  /** Resident bytes of a process of its own; null where it has none, or nobody can tell. */
  readonly memory: number | null;
}

/** How a version runs, for who asks; times are milliseconds, and null: any. */
export interface ServedSettings {
  readonly retryTimeout: number;
  readonly clientTimeout: number | null;
  readonly parallel: { readonly type: string; readonly level: number } | null;
  readonly device: { readonly type: "cpu" | "gpu" | null; readonly ids: readonly number[] };
  readonly useJobTicket: boolean;
  readonly useVenv: boolean;
  readonly continuous: boolean;
  /** Null: requests belong to no sequences. */
  readonly sequences: {
    readonly maxSequences: number;
    readonly maxQueueSize: number;
    readonly idleTimeout: number;
    readonly timeout: number;
  } | null;
}
