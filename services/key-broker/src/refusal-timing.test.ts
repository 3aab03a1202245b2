// How long a refusal takes tells nothing either: what exists for somebody else is refused as fast, and as slowly, as what does not exist.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type BrokerFixture, model, startFixture, tenant } from "./testing/broker-fixture.ts";
import { attested, request } from "./testing/raw-attestation.ts";

const rounds = 20;
/** Medians of interleaved questions differ by noise alone; a query or a signature more would be twice as long. */
const largestRatio = 1.6;
let fixture: BrokerFixture;
before(async () => {
  fixture = await startFixture();
  const { administration } = fixture.broker;
  await administration.createTenant("test", "rival");
  await administration.setResource("test", "rival", model, "secret", Buffer.from("another"));
});
after(() => fixture[Symbol.asyncDispose]());

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function ratioOf(
  ask: (repository: string, tag: string) => Promise<{ readonly status: number }>,
): Promise<number> {
  const kinds = [
    ["rival", "secret"],
    ["rival", "nothing"],
    ["nobody", "secret"],
  ] as const;
  const times: number[][] = kinds.map(() => []);
  const statuses = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    for (const [at, [repository, tag]] of kinds.entries()) {
      const started = performance.now();
      statuses.add((await ask(repository, tag)).status);
      times[at]?.push(performance.now() - started);
    }
  }
  assert.equal(statuses.size, 1, [...statuses].join());
  const medians = times.map(median);
  return Math.max(...medians) / Math.min(...medians);
}

test("another tenant's resource and one that is not there take equally long to refuse (E2)", async () => {
  const { token } = await attested(fixture);
  const ask = (repository: string, tag: string) =>
    request(fixture.broker.urls.broker, `/kbs/v0/resource/${repository}/${model}/${tag}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  assert.equal((await ask(tenant, "secret")).status !== 200, true);
  // A busy machine is slow at times: one quiet measurement is the proof, several loud ones are not.
  const ratios: number[] = [];
  do ratios.push(await ratioOf(ask));
  while (ratios.length < 4 && Math.min(...ratios) > largestRatio);
  assert.ok(Math.min(...ratios) <= largestRatio, ratios.map((ratio) => ratio.toFixed(2)).join(", "));
});
