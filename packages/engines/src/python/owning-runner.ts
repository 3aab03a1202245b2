// A batch runner that takes what it stands on with it when it goes.
import type { BatchRunner } from "@sealserve/serving";

/** Disposes `runner`, then `resources`. */
export function withResources(runner: BatchRunner, resources: AsyncDisposable): BatchRunner {
  const { resize, instances } = runner;
  return {
    get concurrency() {
      return runner.concurrency;
    },
    get ahead() {
      return runner.ahead ?? 0;
    },
    metadata: () => runner.metadata(),
    run: (batch, signal, options) => runner.run(batch, signal, options),
    ...(resize && { resize: (count, signal) => resize.call(runner, count, signal) }),
    ...(instances && { instances: () => instances.call(runner) }),
    async [Symbol.asyncDispose]() {
      await using _ = resources;
      await runner[Symbol.asyncDispose]();
    },
  };
}
