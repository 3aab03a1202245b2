// A process whose clock is a day off: what it would need is refused or of no use, and nothing opens for it.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { observe } from "../lab/observe.ts";
import { openings } from "../lab/release-log.ts";
import { isReady } from "../lab/settled.ts";
import { row, type Shared } from "./row.ts";

const day = 24 * 60 * 60;

export function wrongClockRows(shared: Shared): void {
  for (const [direction, offset] of [
    ["ahead", day],
    ["behind", -day],
  ] as const) {
    row(
      `a backend's clock is a day ${direction}: it joins no mesh, opens nothing, and the others serve`,
      shared,
      async ({ lab, t }) => {
        const opened = openings(lab);
        const seen = await observe(lab, t, async () => {
          await lab.on("b1").stop();
          void lab.on("b1").start(["--clock-offset", String(offset)]);
          await wait(3_000);
          t.diagnostic(lab.on("b1").log.slice(0, 1500));
          assert.equal(openings(lab), opened);
          assert.ok(!(await isReady(lab, "b1", "backend")));
          await lab.on("b1").kill();
          await lab.on("b1").start();
        });
        assert.deepEqual(seen.failures, []);
      },
    );

    row(`a frontend's clock is a day ${direction}`, shared, async ({ lab, t }) => {
      const seen = await observe(lab, t, async () => {
        await lab.on("f1").stop();
        void lab.on("f1").start(["--clock-offset", String(offset)]);
        await wait(3_000);
        t.diagnostic(lab.on("f1").log.slice(0, 1500));
        await lab.on("f1").kill();
        await lab.on("f1").start();
      });
      assert.deepEqual(seen.failuresOf("f2"), []);
    });

    row(`a key broker's clock is a day ${direction}`, shared, async ({ lab, t }) => {
      const seen = await observe(lab, t, async () => {
        await lab.on("k1").stop();
        void lab.on("k1").start(["--clock-offset", String(offset)]);
        await wait(2_000);
        await lab.on("b1").stop();
        void lab
          .on("b1")
          .start()
          .catch(() => "x");
        await wait(3_000);
        t.diagnostic(lab.on("k1").log.slice(0, 1500));
        t.diagnostic(lab.on("b1").log.slice(0, 1500));
        await lab.on("k1").kill();
        await lab.on("b1").kill();
        await lab.on("k1").start();
        await lab.on("b1").start();
      });
      assert.deepEqual(seen.failures, []);
    });
  }
}
