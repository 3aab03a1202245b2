// A batcher on a runner and a clock that the test drives.
import type { InferenceRequest, InferenceResponse } from "@sealserve/inference";
import { type BatchedOptions, batched, type Execution } from "@sealserve/serving";
import { type HandDrivenOptions, HandDrivenRunner } from "./hand-driven-runner.ts";
import { VirtualClock } from "./virtual-clock.ts";

const never = new AbortController().signal;

/** By default without a delay and with a queue that nothing here fills. A refused `send` need not be awaited. */
export function handDrivenBatcher(options: Partial<BatchedOptions> = {}, model: HandDrivenOptions = {}) {
  const clock = new VirtualClock();
  const runner = new HandDrivenRunner(model);
  const executions: Execution[] = [];
  let waiting = (): number => 0;
  const statistics = {
    recordExecution: (execution: Execution) => executions.push(execution),
    watchQueue(size: () => number) {
      waiting = size;
    },
  };
  const defaults: BatchedOptions = { maxQueueDelay: 0, preferredBatchSizes: [], maxQueueSize: 100 };
  const servable = batched({ ...defaults, ...options }, { runner, clock, statistics });
  const send = (request: InferenceRequest, signal = never): Promise<InferenceResponse> => {
    const answer = servable.infer(request, signal);
    answer.catch(() => {});
    return answer;
  };
  const stream = (request: InferenceRequest, signal = never): AsyncIterator<InferenceResponse> => {
    const answers = servable.inferStream?.(request, signal);
    if (!answers) throw new TypeError("a scheduler streams");
    return answers[Symbol.asyncIterator]();
  };
  const sizes = (): number[] => runner.running.map(({ requests }) => requests.length);
  return { clock, runner, executions, servable, send, stream, sizes, waiting: () => waiting() };
}
