// SIGKILL of each process in turn.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { observe } from "../lab/observe.ts";
import { openings, releases } from "../lab/release-log.ts";
import { row, type Shared } from "./row.ts";

/** Requests that are in flight at a time. */
const loops = 4;

export function killRows(shared: Shared): void {
  row(
    "a frontend is killed: its own clients lose their connections until it is back, those of the other lose nothing",
    shared,
    async ({ lab, changes, t }) => {
      assert.equal((await changes.make("f1")).status, 202);
      let down = 0;
      const seen = await observe(lab, t, async () => {
        const begun = performance.now();
        await lab.on("f1").kill();
        await wait(500);
        await lab.on("f1").start();
        down = performance.now() - begun;
      });
      assert.deepEqual(seen.failuresOf("f2"), []);
      assert.ok(seen.failuresOf("f1").length > 0, "nobody noticed");
      assert.ok(seen.end() <= down + 500, `requests failed for ${seen.end()} ms, and it was down for ${down} ms`);
    },
  );

  row(
    "a backend is killed: no more fails than was in flight there, at once, and it comes back to the desired state",
    shared,
    async ({ lab, changes, t }) => {
      const seen = await observe(lab, t, async () => {
        await lab.on("b1").kill();
        assert.equal((await changes.make("f2")).status, 202);
        await wait(2_000);
        await lab.on("b1").start();
      });
      assert.ok(seen.failures.length <= loops, `${seen.failures.length} failed`);
      for (const { status } of seen.failures) assert.equal(status, 503);
      assert.ok(seen.end() < 1_000);
    },
  );

  row(
    "a key broker is killed: nothing fails, and a backend that starts just then is judged by the other one",
    shared,
    async ({ lab, changes, t }) => {
      const seen = await observe(lab, t, async () => {
        await lab.on("k1").kill();
        assert.equal((await changes.make("f1")).status, 202);
        await lab.on("b2").stop();
        await lab.on("b2").start();
        await lab.on("k1").start();
      });
      assert.deepEqual(seen.failures, []);
    },
  );

  row(
    "both key brokers are killed: what runs goes on, a backend that starts listens nowhere and waits",
    shared,
    async ({ lab, changes, t }) => {
      const before = await releases(lab);
      const opened = openings(lab);
      const seen = await observe(lab, t, async () => {
        await Promise.all([lab.on("k1").kill(), lab.on("k2").kill()]);
        assert.equal((await changes.make("f1")).status, 202);
        await lab.on("b3").stop();
        const ready = lab.on("b3").start();
        await wait(3_000);
        assert.equal(openings(lab), opened);
        assert.match(lab.on("b3").log, /nobody can judge this process yet/);
        assert.doesNotMatch(lab.on("b3").log, /"listening"/);
        await Promise.all([lab.on("k1").start(), lab.on("k2").start()]);
        await ready;
      });
      assert.deepEqual(seen.failures, []);
      assert.equal(await releases(lab), before + 1);
    },
  );

  row(
    "PostgreSQL is killed: no request fails, changes are refused, nothing opens until it is back",
    shared,
    async ({ lab, changes, t }) => {
      assert.equal((await changes.make("f2")).status, 202);
      const opened = openings(lab);
      const seen = await observe(lab, t, async () => {
        await lab.database.kill();
        for (const frontend of ["f1", "f2"] as const) {
          const { status, text } = await changes.make(frontend);
          assert.equal(status, 503, text);
        }
        await lab.on("b1").stop();
        const ready = lab.on("b1").start();
        await wait(3_000);
        assert.equal(openings(lab), opened);
        assert.doesNotMatch(lab.on("b1").log, /"listening"/);
        await lab.database.start();
        await ready;
      });
      assert.deepEqual(seen.failures, []);
      assert.equal((await changes.make("f1")).status, 202);
    },
  );
}
