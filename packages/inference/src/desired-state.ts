// What ought to be loaded, as management calls left it: one state that every frontend and backend converges to.
import type { DesiredWorkflow } from "./workflow.ts";

/** How versions run; what is left out is as the model store and the configuration say. */
export interface DesiredSettings {
  /** Copies that may run at once; 0: it is known, and nothing runs. */
  readonly instances?: number;
  /** How many there may be, for who asks; never fewer than `instances`. */
  readonly maxInstances?: number;
  /** Rows a batch may have; 0: no batch dimension. */
  readonly maxBatchSize?: number;
  /** Milliseconds. */
  readonly maxQueueDelay?: number;
  /** Milliseconds. */
  readonly responseTimeout?: number;
  /** Milliseconds that an instance may take to load. */
  readonly startupTimeout?: number;
}

/** Where a version comes from whose name, or whose handler, is not what its entry in the model store says. */
export interface ModelSource {
  /** A file or folder in the model store; it may be the source of several models. */
  readonly entry: string;
  /** In place of the one that the archive names. */
  readonly handler?: string;
  /** In place of the one that the archive names, such as `python3`. */
  readonly runtime?: string;
  /** Where the entry was fetched from, to be removed with the last version that comes from it. Left out: it lay there. */
  readonly url?: string;
  /**
   * SHA-256 in hex of what was fetched: each node fetches it for itself, beside its model store, and takes no other bytes. Left out: the entry lies
   * in the store.
   */
  readonly digest?: string;
}

/** What is said of one model; what is left out is as the model store and the configuration say. */
export interface DesiredModel extends DesiredSettings {
  /** False: none of its versions is loaded, whatever the store holds. */
  readonly loaded: boolean;
  /** Which of its versions; given only by calls that name versions. */
  readonly versions?: readonly string[];
  /** The version that serves where a request names none. */
  readonly defaultVersion?: string;
  /** By version, what is said of it alone: each setting wins over what is said of all. */
  readonly versionSettings?: Readonly<Record<string, DesiredSettings>>;
  /** By version; others are what the model store holds under the model's name. */
  readonly sources?: Readonly<Record<string, ModelSource>>;
  /** Grows with each call that loads it: what failed before is tried again. */
  readonly attempt?: number;
}

export interface DesiredState {
  /** Changes with each new set of states, such as after a database was made anew: then numbers begin again. */
  readonly epoch: string;
  /** Grows by one with each change; of two states of one epoch the higher one holds. */
  readonly revision: number;
  /** Models that somebody has said something of. */
  readonly models: Readonly<Record<string, DesiredModel>>;
  /** Those that are registered, by name; their nodes are among `models`. Backends are not told: frontends run them. */
  readonly workflows?: Readonly<Record<string, DesiredWorkflow>>;
}
