// The router that frontends have, over backends at these origins, ready to be asked.
import type { MeshPeer } from "@sealserve/client/node";
import { backendRouter, fixedBackends, meshLinks, openBackendPool } from "@sealserve/frontend";
import type { InferenceService } from "@sealserve/inference";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";

export interface RoutedService extends AsyncDisposable {
  readonly service: InferenceService;
}

/** Settings are those of a frontend that nobody configured. */
export async function routeTo(urls: readonly string[], peer: MeshPeer): Promise<RoutedService> {
  const clock = systemClock();
  const random = Math.random;
  const pool = openBackendPool(
    {},
    {
      discovery: fixedBackends(urls),
      openLink: meshLinks({}, { mesh: () => peer, epoch: () => clock.epoch() }),
      desired: {
        current: { epoch: "bench", revision: 0, models: {} },
        onChange: () => ({ [Symbol.dispose]: () => {} }),
      },
      ...{ clock, random, logger: silentLogger() },
    },
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (pool.views().every(({ routable }) => routable)) resolve();
  };
  using _ = pool.onChange(look);
  look();
  await promise;
  return { service: backendRouter({ pool, clock, random }), [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}
