// Where the lanes of a scheduler get their requests from; a lane is the place of one instance.
import type { AnyInferenceError } from "@sealserve/inference";
import type { Caller } from "./caller.ts";

/** What waits for a lane. */
export interface LaneQueue {
  readonly rows: number;
  /** When the first of it came, by the clock. */
  readonly arrival: number;
}

export interface LaneSource {
  /** Requests that wait. */
  readonly size: number;
  /** Takes a request in, which leaves by itself when its caller does; or says why not. There are `lanes`, at least one. */
  add(caller: Caller, lanes: number): AnyInferenceError | null;
  /** Asked once the lanes have taken what they can: why this request, which still waits, may not; null: it may. */
  overfull(caller: Caller): AnyInferenceError | null;
  /** What the lane could take now, looked at up to `rows` rows; null: nothing. */
  waiting(lane: number, rows: number): LaneQueue | null;
  /** The next requests for the lane, taken out: at most `rows` rows, or one request that has more where `alone` says that it may. */
  take(lane: number, rows: number, alone: boolean): readonly Caller[];
  /** The lane is done with a request that it took. */
  done(caller: Caller, lane: number): void;
  /** From now on there are so many lanes: what waited for one of the others is taken out. */
  shrink(lanes: number): readonly Caller[];
  /** All that waits, taken out. */
  takeAll(): readonly Caller[];
}

/** Whether a request goes into a batch that has room for so many rows more. `first`: nothing else is in it. */
export function fits({ rows, alone }: Caller, room: number, first: boolean): boolean {
  return first || (!alone && rows <= room);
}
