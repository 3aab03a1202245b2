// How one version of a model comes into memory and out again.
import type { Servable } from "./servable.ts";

/** What a loaded version is expected to hold. */
export interface Resources {
  /** Resident memory in bytes; 0 if unknown. */
  readonly memory: number;
}

/**
 * The manager calls `load` once, then `unload` once if `load` succeeded; after a failed `load` it may call `load` again, so a
 * failed load leaves nothing behind. A loader is cheap to make: all cost lies in `load`.
 */
export interface Loader {
  estimate(): Resources;
  /** Throws on failure, with the reason in the error's message; stops early when `signal` aborts. */
  load(signal: AbortSignal): Promise<Servable>;
  /** Called when no handle is held any more; never throws for a servable that has already crashed. */
  unload(): Promise<void>;
}
