// Every process is restarted in turn, and certificates end: first while they can be renewed, then while they cannot.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../../e2e/until.ts";
import { backends, brokers, frontends } from "../lab/lab.ts";
import { askedOf, observe } from "../lab/observe.ts";
import { isReady, settled } from "../lab/settled.ts";
import { row, type Shared } from "./row.ts";

/** Seconds. */
const shortLife = 8;
/** A renewal that hangs is given up only when its time is over. */
const patient = { limit: 60_000 };

export function renewalRows(shared: Shared): void {
  row(
    "every process is restarted in turn, as an upgrade does: no request fails",
    shared,
    async ({ lab, changes, t }) => {
      const act = async () => {
        // From here on certificates end soon.
        const life = ["--mesh-lifetime", String(shortLife)];
        for (const host of [...brokers, ...backends, ...frontends]) {
          assert.equal((await changes.make(host === "f1" ? "f2" : "f1")).status, 202);
          assert.equal(await lab.on(host).stop(), 0, lab.on(host).log);
          await lab.on(host).start((brokers as readonly string[]).includes(host) ? life : []);
          await settled(lab);
        }
      };
      const seen = await observe(lab, t, act, { balanced: true });
      assert.deepEqual(seen.failures, []);
    },
  );

  row("certificates end under load: they are renewed and no request fails", shared, async ({ lab, t }) => {
    const seen = await observe(lab, t, () => wait(2 * shortLife * 1000));
    assert.deepEqual(seen.failures, []);
    for (const host of [...backends, ...frontends]) {
      const renewed = [...lab.on(host).log.matchAll(/the mesh certificate was renewed/g)].length;
      assert.ok(renewed >= 2, `${host} renewed ${renewed} times`);
    }
  });

  row(
    "cut between a frontend and the key brokers until its certificate ends: it answers 503 and is not ready, until one can be reached; the other answers on",
    shared,
    async ({ lab, t }) => {
      const seen = await observe(lab, t, async () => {
        for (const broker of brokers) await lab.network.between("f1", broker, { cut: true });
        await until(async () => (await lab.client.ask(askedOf(lab, "f1"))).status === 503, undefined, patient);
        await until(async () => !(await isReady(lab, "f1", "frontend")));
        for (const broker of brokers) await lab.network.between("f1", broker, {});
        await until(async () => (await lab.client.ask(askedOf(lab, "f1"))).status === 200, undefined, patient);
      });
      assert.deepEqual(seen.failuresOf("f2"), []);
      for (const { status, text } of seen.failuresOf("f1")) assert.equal(status, 503, text);
    },
  );

  row(
    "certificates end and no key broker can be reached: nothing is answered any more, until one can",
    shared,
    async ({ lab, t }) => {
      const processes = [...backends, ...frontends];
      const each = async (cut: boolean) => {
        for (const host of processes) for (const broker of brokers) await lab.network.between(host, broker, { cut });
      };
      const seen = await observe(lab, t, async () => {
        await each(true);
        // Who is cut off is silent: the renewal under way is given up only when its time is over.
        for (const host of processes) {
          await until(
            async () => /the mesh certificate could not be renewed/.test(lab.on(host).log),
            undefined,
            patient,
          );
        }
        const asked = askedOf(lab, "f1");
        assert.equal((await lab.client.ask(asked)).status, 503);
        await each(false);
        await until(async () => (await lab.client.ask(asked)).status === 200);
      });
      assert.ok(seen.failures.length > 0, "requests were answered with certificates that had ended");
      for (const { status, text } of seen.failures) assert.equal(status, 503, text);
    },
  );
}
