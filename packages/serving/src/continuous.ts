// A servable whose batch is filled up after every step of the model, which says with each answer whether it goes on.
import type { InferenceResponse } from "@sealserve/inference";
import type { BatchRunner } from "./batch-runner.ts";
import type { Clock } from "./clock.ts";
import type { ExecutionRecorder } from "./execution.ts";
import { inLanes, type LaneSchedulerOptions } from "./lane-scheduler.ts";
import { rewritten } from "./rewritten.ts";
import type { Scheduled } from "./scheduled.ts";
import { SharedQueue } from "./shared-queue.ts";

export interface ContinuousOptions extends Omit<LaneSchedulerOptions, "continuous"> {
  /** Requests that may wait; one more is refused at once with `queue-full`. */
  readonly maxQueueSize: number;
}

export interface ContinuousParts {
  /** Its answers have the header `ts_stream_next`: `true` on all but the last one of a request. */
  readonly runner: BatchRunner;
  readonly clock: Clock;
  readonly statistics?: ExecutionRecorder;
  /** Ids that were never given before, such as random UUIDs. */
  readonly newId: () => string;
}

/**
 * For models of kind `fields`. A request stays with the instance that began it. It is sent again at every step, with its id and its
 * headers but without its inputs; no two requests that run have the same id. Throws as `batched` does.
 */
export function continuous(options: ContinuousOptions, parts: ContinuousParts): Scheduled {
  const { runner, newId } = parts;
  const source = new SharedQueue(options, { metadata: runner.metadata() });
  const scheduler = inLanes({ ...options, continuous: true }, { ...parts, source });
  return withOwnIds(scheduler, newId);
}

/** Gives every request an id that no other one has now, and the answers the id that the caller chose. */
export function withOwnIds(scheduled: Scheduled, newId: () => string): Scheduled {
  const used = new Set<string>();
  return rewritten(scheduled, (request) => {
    const chosen = request.id;
    const id = chosen === undefined || used.has(chosen) ? newId() : chosen;
    used.add(id);
    return {
      request: id === chosen ? request : { ...request, id },
      answer: (response) => (id === chosen ? response : withId(response, chosen)),
      over: () => used.delete(id),
    };
  });
}

function withId({ id: _, ...response }: InferenceResponse, id: string | undefined): InferenceResponse {
  return id === undefined ? response : { ...response, id };
}
