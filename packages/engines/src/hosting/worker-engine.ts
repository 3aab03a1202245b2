// The interface of an engine inside its own thread or process.
import type { EngineMetric } from "./engine-metric.ts";
import type { NativeGate } from "./native-gate.ts";
import type { EngineMetadata, WireAnswer, WireBatch, WireResponse } from "./wire.ts";

/**
 * Gives one answer to request `index` that others follow. Fulfilled when the next may be given; false: nobody wants any more of this
 * batch, and it may end with whatever results.
 */
export type GivePartial = (index: number, response: WireResponse) => Promise<boolean>;

/**
 * One copy of a model. `run` is called again only after the last one settled. It may block its thread. It throws `InferenceError`
 * to fail the whole batch; anything else thrown becomes `engine-failed`. A model that streams calls `partial` for every answer but
 * the last of each request, before it settles.
 */
export interface WorkerEngine {
  readonly metadata: EngineMetadata;
  run(batch: WireBatch, partial: GivePartial): Promise<WireAnswer>;
  /** Frees the model; called once, when nothing runs. */
  close(): Promise<void>;
}

/** What the worker gives every engine. */
export interface WorkerParts {
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  /** Does work that calls long native code, during which the thread must not be ended: see {@link NativeGate}. */
  readonly native: <T>(work: () => Promise<T>) => Promise<T>;
  /** Takes a metric that the model's code gives; it goes out with the engine's next message. */
  readonly metric: (metric: ModelMetric) => void;
  /** The model's name, for errors. */
  readonly model: string;
}

/** A metric without what the worker adds: where it was given, and when. */
export type ModelMetric = Omit<EngineMetric, "hostname" | "time">;

/** Loads a model from its init data. Throws `EngineLoadError`; anything else thrown becomes `load-failed` with its message. */
export type CreateEngine = (data: unknown, parts: WorkerParts) => Promise<WorkerEngine>;

/** Engines by name. Each is imported when it is first asked for, so that a worker holds the code of one engine only. */
export type EngineTable = Readonly<Record<string, () => Promise<CreateEngine>>>;
