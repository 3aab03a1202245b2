// A network that is slow to one backend, a backend that is slow itself, and a network that loses frames.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { frontends } from "../lab/lab.ts";
import { observe, pacedQuestion } from "../lab/observe.ts";
import { setPace, usualPace } from "../lab/paced-model.ts";
import { type Parts, row, type Shared } from "./row.ts";

/** Milliseconds each way: an answer takes about a hundred times as long as usual. */
const slowness = 200;

export function poorNetworkRows(shared: Shared): void {
  row(
    "the network to a backend is 100 times slower: nothing fails, and few requests wait for it",
    shared,
    async ({ lab, t }) => {
      const seen = await observe(lab, t, async () => {
        for (const frontend of frontends) await lab.network.between(frontend, "b2", { delay: slowness });
        await wait(8_000);
      });
      assert.deepEqual(seen.failures, []);
      for (const frontend of frontends) assertFewWaited(t, frontend, seen.times(frontend), slowness);
    },
  );

  row(
    "a backend's engine takes 100 times longer: nothing fails, and few requests wait for it",
    shared,
    async ({ lab, t }) => {
      const [b2, slow] = [lab.network.address("b2"), 100 * usualPace];
      const act = async () => {
        await setPace(lab.folder.path, b2, slow);
        await wait(8_000);
      };
      const seen = await observe(lab, t, act, { question: pacedQuestion });
      await setPace(lab.folder.path, b2, usualPace);
      assert.deepEqual(seen.failures, []);
      for (const frontend of frontends) assertFewWaited(t, frontend, seen.times(frontend), slow);
    },
  );

  row("5 % of all frames are lost: nothing fails, changes hold", shared, async ({ lab, changes, t }) => {
    const seen = await observe(lab, t, async () => {
      await lab.network.everywhere({ loss: 0.05 });
      for (const frontend of frontends) assert.equal((await changes.make(frontend)).status, 202);
      await wait(8_000);
    });
    assert.deepEqual(seen.failures, []);
  });
}

/** Of those that take `slow` milliseconds or more. */
function assertFewWaited(t: Parts["t"], frontend: string, times: readonly number[], slow: number): void {
  const waited = times.filter((time) => time >= slow).length;
  t.diagnostic(`${frontend}: ${waited} of ${times.length} requests waited for the slow backend`);
  assert.ok(waited < times.length / 20, `${waited} of ${times.length} requests were slow`);
}
