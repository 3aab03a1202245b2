// No answer of what evidence did not name when the request came: over real sockets, from the report and the answer of a backend.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MeshBackend } from "@sealserve/conformance/fixtures/mesh-backend";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { meshLinks } from "./backends/mesh-link.ts";
import { fixedBackends } from "./discovery/fixed-backends.ts";
import { namedOnly } from "./named-only.ts";
import { openBackendPool } from "./routing/backend-pool.ts";
import { backendRouter } from "./routing/backend-router.ts";
import { servedModels } from "./served-models.ts";

const [good, other] = ["11".repeat(32), "22".repeat(32)];
const input = { name: "INPUT0", datatype: "FP32", shape: [1, 16], bytes: new Uint8Array(64) } as const;

test("what a backend began to serve after its last report answers nobody until a report names it", async () => {
  await using backend = await MeshBackend.start({ tls: null, models: ["identity"] });
  backend.roots = { reported: good, answering: good };
  const clock = systemClock();
  const state = { epoch: "e", revision: 1, models: {} };
  await using pool = openBackendPool(
    // Reports come when they are hurried, and not by themselves.
    { reportInterval: 3_600_000 },
    {
      discovery: fixedBackends([backend.url]),
      openLink: meshLinks({}, { mesh: null, epoch: Date.now }),
      desired: { current: state, onChange: () => ({ [Symbol.dispose]: () => {} }) },
      ...{ clock, random: Math.random, logger: silentLogger() },
    },
  );
  let changed = Promise.withResolvers<void>();
  using models = servedModels(pool, { onModelSetChanged: () => changed.resolve() });
  const router = backendRouter({ pool, clock, random: Math.random });
  const service = namedOnly(router, { named: models.named, onUnnamed: () => pool.hurry() });
  const infer = () => service.infer({ model: { name: "identity" }, inputs: [input] }, new AbortController().signal);
  const stream = () =>
    service
      .inferStream({ model: { name: "identity" }, inputs: [input] }, new AbortController().signal)
      [Symbol.asyncIterator]();
  const routable = Promise.withResolvers<void>();
  using _ = pool.onChange(() => pool.ready() && routable.resolve());
  if (!pool.ready()) await routable.promise;

  assert.equal("root" in (await infer()), false, "clients are not told");
  changed = Promise.withResolvers();
  for (const answering of [other, null, "nonsense"]) {
    backend.roots = { reported: good, answering };
    await assert.rejects(infer(), { code: "model-set-changed" });
    await assert.rejects(stream().next(), { code: "model-set-changed" });
  }
  backend.roots = { reported: other, answering: other };
  const slow = Promise.withResolvers<void>();
  backend.work = () => slow.promise;
  const begun = infer();
  pool.hurry();
  await changed.promise;
  slow.resolve();
  await assert.rejects(begun, { code: "model-set-changed" }, "evidence named another one when this request came");
  await infer();

  const gone = Promise.withResolvers<void>();
  backend.work = () => gone.promise;
  const inFlight = infer();
  changed = Promise.withResolvers();
  backend.roots = { reported: good, answering: other };
  pool.hurry();
  await changed.promise;
  gone.resolve();
  await inFlight;
});
