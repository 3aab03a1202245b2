// What a reception lets requests in to: it brings them together and gives them to a runner.
import type { AnyInferenceError } from "@sealserve/inference";
import type { Caller } from "./caller.ts";

export interface Scheduler {
  /** Why no request is let in just now; null: they are. Asked only where there are instances. */
  refusal(): AnyInferenceError | null;
  /** Takes over a request that was let in. */
  admit(caller: Caller): void;
  /** Goes on with the instances that there are now; none: it refuses what waits. */
  resized(): void;
  /** Refuses what waits and waits for what runs. Nothing is let in any more. */
  close(): Promise<void>;
}
