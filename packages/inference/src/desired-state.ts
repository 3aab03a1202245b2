// What ought to be loaded, as management calls left it: one state that every frontend and backend converges to.

/** What is said of one model; what is left out is as the model store and the configuration say. */
export interface DesiredModel {
  /** False: none of its versions is loaded, whatever the store holds. */
  readonly loaded: boolean;
  /** Which of its versions; given only by calls that name versions. */
  readonly versions?: readonly string[];
  /** The version that serves where a request names none. */
  readonly defaultVersion?: string;
  /** Copies that may run at once. */
  readonly instances?: number;
  /** Rows a batch may have; 0: no batch dimension. */
  readonly maxBatchSize?: number;
  /** Milliseconds. */
  readonly maxQueueDelay?: number;
  /** Milliseconds. */
  readonly responseTimeout?: number;
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
}
