// PostgreSQL is restarted, and its disk is full.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../../e2e/until.ts";
import { frontends } from "../lab/lab.ts";
import { observe } from "../lab/observe.ts";
import { openings, releases } from "../lab/release-log.ts";
import { row, type Shared } from "./row.ts";

export function databaseRows(shared: Shared): void {
  row(
    "PostgreSQL is restarted: no request fails, and changes are taken again by themselves",
    shared,
    async ({ lab, changes, t }) => {
      const seen = await observe(lab, t, async () => {
        const asked = [changes.make("f1"), changes.make("f2"), lab.database.restart(), changes.make("f1")] as const;
        for (const answer of await Promise.all(asked)) if (answer) assert.match(String(answer.status), /202|503/);
        await lab.on("b3").stop();
        await lab.on("b3").start();
        assert.equal((await changes.make("f1")).status, 202);
      });
      assert.deepEqual(seen.failures, []);
    },
  );

  row(
    "the disk of the key brokers' database is full: no request fails, nothing is released, and it goes on when there is room",
    shared,
    async ({ lab, changes, t }) => {
      const before = await releases(lab);
      const opened = openings(lab);
      const seen = await observe(lab, t, async () => {
        lab.database.fillDisk();
        const acknowledged: string[] = [];
        await until(
          async () => {
            const tenant = `tenant-${acknowledged.length}`;
            const { code, stderr } = await lab.administer("k1", "tenants", "create", tenant);
            if (code === 0) acknowledged.push(tenant);
            else t.diagnostic(`after ${acknowledged.length} changes: ${stderr.trim()}`);
            return code !== 0;
          },
          undefined,
          { limit: 60_000 },
        );
        await lab.on("b3").stop();
        const ready = lab.on("b3").start();
        await wait(3_000);
        assert.equal(openings(lab), opened);
        assert.doesNotMatch(lab.on("b3").log, /"listening"/);
        t.diagnostic(`PostgreSQL ${await lab.database.freeDisk()}`);
        await ready;
        const { stdout } = await lab.administer("k2", "tenants", "list");
        for (const tenant of acknowledged) assert.match(stdout, new RegExp(`\\b${tenant}\\b`));
      });
      assert.deepEqual(seen.failures, []);
      assert.equal(await releases(lab), before + 1);
      assert.equal((await changes.make("f1")).status, 202);
    },
  );

  row(
    "the disk of the frontends' database is full: no request fails, changes are refused with 503, and what was acknowledged holds",
    shared,
    async ({ lab, changes, t }) => {
      const seen = await observe(lab, t, async () => {
        lab.database.fillDisk();
        let made = 0;
        await until(async () => {
          lab.database.endSegment();
          const { status } = await changes.make("f1");
          if (status === 202) made++;
          return status !== 202;
        });
        t.diagnostic(`with a full disk ${made} changes were taken`);
        for (const frontend of frontends) {
          const { status, text } = await changes.make(frontend);
          assert.equal(status, 503, text);
          assert.equal((await changes.look(frontend)).status, 200);
        }
        t.diagnostic(`PostgreSQL ${await lab.database.freeDisk()}`);
        for (const frontend of frontends) assert.equal((await changes.make(frontend)).status, 202);
      });
      assert.deepEqual(seen.failures, []);
    },
  );
}
