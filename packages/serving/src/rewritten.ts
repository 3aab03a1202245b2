// A servable behind which requests and answers are others than before it.
import type { InferenceRequest, InferenceResponse } from "@sealserve/inference";
import type { Scheduled } from "./scheduled.ts";

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
      async *inferStream(asked, signal) {
        const rewriting = rewrite(asked);
        try {
          for await (const response of stream(rewriting.request, signal)) yield rewriting.answer(response);
        } finally {
          rewriting.over?.();
        }
      },
    }),
  };
}
