// A servable behind which requests and answers are others than before it.
import type { InferenceRequest, InferenceResponse } from "@sealserve/inference";
import type { Scheduled } from "./scheduled.ts";
import { watchedStream } from "./watched-stream.ts";

export interface Rewriting {
  readonly request: InferenceRequest;
  /** Called with each answer. */
  answer(response: InferenceResponse): InferenceResponse;
  /** Called once, when there is nothing more to come. */
  over?(): void;
}

/** `rewrite` is called with each request when it begins; it must not throw. */
export function rewritten(scheduled: Scheduled, rewrite: (request: InferenceRequest) => Rewriting): Scheduled {
  const stream = scheduled.inferStream?.bind(scheduled);
  return {
    metadata: () => scheduled.metadata(),
    resize: (instances, signal) => scheduled.resize(instances, signal),
    [Symbol.asyncDispose]: () => scheduled[Symbol.asyncDispose](),
    async infer(asked, signal) {
      const rewriting = rewrite(asked);
      try {
        return rewriting.answer(await scheduled.infer(rewriting.request, signal));
      } finally {
        rewriting.over?.();
      }
    },
    ...(stream && {
      inferStream(asked, signal) {
        let rewriting: Rewriting | null = null;
        return watchedStream({
          begin: () => {
            rewriting = rewrite(asked);
            return stream(rewriting.request, signal);
          },
          each: (response) => rewriting?.answer(response) ?? response,
          over: () => rewriting?.over?.(),
        });
      },
    }),
  };
}
