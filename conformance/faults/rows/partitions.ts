// The network between two hosts is cut: whoever is cut off is not refused but silent.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../../e2e/until.ts";
import { observe, patience } from "../lab/observe.ts";
import { openings } from "../lab/release-log.ts";
import { isReady } from "../lab/settled.ts";
import { row, type Shared } from "./row.ts";

/** Requests that are in flight at a time. */
const loops = 4;
/** Milliseconds: the pause between two reports, two reports that do not come, a request sent just before that, and what busy processors take. */
const noticed = 1_100 + 2 * 2_000 + patience + 1_500;

export function partitionRows(shared: Shared): void {
  row("cut between a client and a frontend: the other frontend answers on", shared, async ({ lab, t }) => {
    const seen = await observe(lab, t, async () => {
      await lab.network.between("client", "f1", { cut: true });
      await wait(4_000);
      await lab.network.between("client", "f1", {});
      await wait(3_000);
    });
    assert.deepEqual(seen.failuresOf("f2"), []);
    assert.ok(seen.failuresOf("f1").length > 0, "nobody noticed");
    assert.ok(seen.end() < 8_000, `requests failed for ${seen.end()} ms`);
  });

  row(
    "cut between a frontend and a backend: what is in flight there is lost, then others are asked",
    shared,
    async ({ lab, changes, t }) => {
      const seen = await observe(lab, t, async () => {
        await lab.network.between("f1", "b1", { cut: true });
        assert.equal((await changes.make("f1")).status, 202);
        await wait(noticed + 500);
        await lab.network.between("f1", "b1", {});
      });
      assert.deepEqual(seen.failuresOf("f2"), []);
      assert.ok(seen.failures.length <= 2 * loops, `${seen.failures.length} failed`);
      assert.ok(seen.end() < noticed, `requests failed for ${seen.end()} ms`);
    },
  );

  row(
    "cut between a frontend and PostgreSQL: no request fails; its changes are refused, and it hears of the other's afterwards",
    shared,
    async ({ lab, changes, t }) => {
      const seen = await observe(lab, t, async () => {
        await lab.network.between("f1", "db", { cut: true });
        assert.equal((await changes.make("f2")).status, 202);
        const begun = performance.now();
        const { status, text } = await changes.make("f1");
        assert.equal(status, 503, text);
        t.diagnostic(`a change was refused after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        await lab.network.between("f1", "db", {});
      });
      assert.deepEqual(seen.failures, []);
    },
  );

  row("cut between a backend and one key broker: it starts by the other one", shared, async ({ lab, t }) => {
    const seen = await observe(lab, t, async () => {
      await lab.network.between("b1", "k1", { cut: true });
      await lab.on("b1").stop();
      await lab.on("b1").start();
    });
    assert.deepEqual(seen.failures, []);
  });

  row(
    "cut between a backend and both key brokers: what runs goes on, and a start waits, listening nowhere",
    shared,
    async ({ lab, t }) => {
      const opened = openings(lab);
      const seen = await observe(lab, t, async () => {
        for (const broker of ["k1", "k2"] as const) await lab.network.between("b1", broker, { cut: true });
        await wait(1_000);
        await lab.on("b1").stop();
        const ready = lab.on("b1").start();
        await wait(5_000);
        assert.equal(openings(lab), opened);
        assert.doesNotMatch(lab.on("b1").log, /"listening"/);
        for (const broker of ["k1", "k2"] as const) await lab.network.between("b1", broker, {});
        await ready;
      });
      assert.deepEqual(seen.failures, []);
    },
  );

  row(
    "cut between a frontend and both key brokers: what runs goes on, and a start waits, listening nowhere",
    shared,
    async ({ lab, t }) => {
      const act = async () => {
        for (const broker of ["k1", "k2"] as const) await lab.network.between("f1", broker, { cut: true });
        await wait(1_000);
        await lab.on("f1").stop();
        const ready = lab.on("f1").start();
        await wait(3_000);
        assert.doesNotMatch(lab.on("f1").log, /"listening"/);
        for (const broker of ["k1", "k2"] as const) await lab.network.between("f1", broker, {});
        await ready;
      };
      const seen = await observe(lab, t, act, { balanced: true });
      assert.deepEqual(seen.failures, []);
    },
  );

  row(
    "cut between a key broker and PostgreSQL: it says that it is not ready, and releases nothing",
    shared,
    async ({ lab, t }) => {
      const opened = openings(lab);
      const seen = await observe(lab, t, async () => {
        await lab.network.between("k1", "db", { cut: true });
        await lab.network.between("b2", "k2", { cut: true });
        await until(async () => !(await isReady(lab, "k1", "broker")));
        assert.ok(await isReady(lab, "k2", "broker"));
        await lab.on("b2").stop();
        const ready = lab.on("b2").start();
        await wait(3_000);
        assert.equal(openings(lab), opened);
        assert.doesNotMatch(lab.on("b2").log, /"listening"/);
        await lab.network.everywhere({});
        await ready;
      });
      assert.deepEqual(seen.failures, []);
    },
  );
}
