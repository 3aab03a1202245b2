// A network that is slow to one backend, and one that loses frames.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { frontends } from "../lab/lab.ts";
import { observe } from "../lab/observe.ts";
import { row, type Shared } from "./row.ts";

/** Milliseconds each way: an answer takes about a hundred times as long as usual. */
const slowness = 200;

export function poorNetworkRows(shared: Shared): void {
  row("a backend answers 100 times slower: nothing fails, and few requests wait for it", shared, async ({ lab, t }) => {
    const seen = await observe(lab, t, async () => {
      for (const frontend of frontends) await lab.network.between(frontend, "b2", { delay: slowness });
      await wait(8_000);
    });
    assert.deepEqual(seen.failures, []);
    for (const frontend of frontends) {
      const times = seen.times(frontend);
      const slow = times.filter((time) => time >= slowness).length;
      t.diagnostic(`${frontend}: ${slow} of ${times.length} requests waited for the slow backend`);
      assert.ok(slow < times.length / 20, `${slow} of ${times.length} requests were slow`);
    }
  });

  row("5 % of all frames are lost: nothing fails, changes hold", shared, async ({ lab, changes, t }) => {
    const seen = await observe(lab, t, async () => {
      await lab.network.everywhere({ loss: 0.05 });
      for (const frontend of frontends) assert.equal((await changes.make(frontend)).status, 202);
      await wait(8_000);
    });
    assert.deepEqual(seen.failures, []);
  });
}
