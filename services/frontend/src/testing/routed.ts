// A router over backends at given addresses, with quick reports, and a request that every fixture's model takes.
import type { MeshPeer } from "@sealserve/client/node";
import type { InferenceService } from "@sealserve/inference";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { meshLinks } from "../backends/mesh-link.ts";
import { fixedBackends } from "../discovery/fixed-backends.ts";
import { type BackendPool, openBackendPool } from "../routing/backend-pool.ts";
import { backendRouter } from "../routing/backend-router.ts";
import type { RouterOptions } from "../routing/router-options.ts";

const never = new AbortController().signal;
const values = new Uint8Array(new Float32Array(16).fill(1.5).buffer);
const fast = { reportInterval: 30, reportTimeout: 500, ejection: 100, longestEjection: 400 };

export const identityInput = { name: "INPUT0", datatype: "FP32", shape: [1, 16], bytes: values } as const;
export const desiredState = { epoch: "e", revision: 1, models: {} };

export interface Routed extends AsyncDisposable {
  readonly pool: BackendPool;
  readonly service: InferenceService;
  infer(model?: string): Promise<unknown>;
  until(condition: () => boolean): Promise<void>;
}

/** `own` is shown to those at https. */
export function routeTo(urls: readonly string[], options: Partial<RouterOptions>, own: MeshPeer): Routed {
  const clock = systemClock();
  const secure = urls.every((url) => url.startsWith("https:"));
  const pool = openBackendPool(
    { ...fast, ...options },
    {
      discovery: fixedBackends(urls),
      openLink: meshLinks({ connectTimeout: 2000 }, { mesh: secure ? () => own : null, epoch: Date.now }),
      desired: { current: desiredState, onChange: () => ({ [Symbol.dispose]: () => {} }) },
      clock,
      random: Math.random,
      logger: silentLogger(),
    },
  );
  const service = backendRouter({ pool, clock, random: Math.random });
  return {
    ...{ pool, service },
    infer: (model = "identity") => service.infer({ model: { name: model }, inputs: [identityInput] }, never),
    async until(condition) {
      const { promise, resolve } = Promise.withResolvers<void>();
      using _ = pool.onChange(() => condition() && resolve());
      if (!condition()) await promise;
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
