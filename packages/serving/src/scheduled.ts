// What every way of bringing requests together gives: a servable around a batch runner.
import type { Servable } from "./servable.ts";

/** Disposing it refuses what waits and waits for what runs; the runner stays its owner's. */
export interface Scheduled extends Servable, AsyncDisposable {
  /** Resizes its runner, where that can be resized, and goes on with what there is then; see `BatchRunner.resize`. */
  resize(instances: number, signal: AbortSignal): Promise<void>;
}
