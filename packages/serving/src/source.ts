// Who says which versions of which models ought to be there.
import type { Version } from "./version.ts";

/** The full list of versions of `model` that ought to be loaded: what it leaves out shall be unloaded. Repeating it is harmless. */
export type AspiredVersions<T> = (model: string, aspired: readonly Version<T>[]) => void;

export interface Source<T> {
  /** Begins to emit, at once or later, until the result is disposed. */
  start(emit: AspiredVersions<T>): AsyncDisposable;
}
