// What a frontend is told of a loaded version beside its state, for TorchServe's describe call.

export interface ServedModel {
  /** Where it was found. */
  readonly location: string;
  readonly engine: string;
  readonly instances: number;
  readonly maxBatchSize: number;
  readonly maxQueueSize: number;
  /** Milliseconds. */
  readonly maxQueueDelay: number;
  readonly responseTimeout: number;
  readonly loadTimeout: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}
