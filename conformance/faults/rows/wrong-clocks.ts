// A process whose clock is a day off: it joins no mesh, or nobody joins by it; nothing opens, and the others serve.
import assert from "node:assert/strict";
import type { Backend, Frontend } from "../lab/lab.ts";
import { observe } from "../lab/observe.ts";
import { openings } from "../lab/release-log.ts";
import { type Parts, row, type Shared } from "./row.ts";

const day = 24 * 60 * 60;
const clocks = [
  ["ahead", day, /the certificate has ended already/],
  ["behind", -day, /the certificate is not valid yet/],
] as const;
/** What it issues holds from tomorrow on, or held until yesterday. */
const brokerClocks = [
  ["ahead", day, /the certificate is not valid yet/],
  ["behind", -day, /the certificate has ended already/],
] as const;

export function wrongClockRows(shared: Shared): void {
  for (const [direction, offset, reason] of clocks) {
    const wrong = ["--clock-offset", String(offset)];

    row(`a backend's clock is a day ${direction}: it joins no mesh and opens nothing`, shared, async ({ lab, t }) => {
      const seen = await observe(lab, t, async () => {
        await lab.on("b1").stop();
        await startsInVain({ lab, t }, "b1", wrong, reason);
        await lab.on("b1").start();
      });
      assert.deepEqual(seen.failures, []);
    });

    row(`a frontend's clock is a day ${direction}: it joins no mesh`, shared, async ({ lab, t }) => {
      const act = async () => {
        await lab.on("f1").stop();
        await startsInVain({ lab, t }, "f1", wrong, reason);
        await lab.on("f1").start();
      };
      const seen = await observe(lab, t, act, { balanced: true });
      assert.deepEqual(seen.failures, []);
    });
  }

  for (const [direction, offset, reason] of brokerClocks) {
    row(
      `a key broker's clock is a day ${direction}: nobody joins by it, and the other one goes on`,
      shared,
      async ({ lab, t }) => {
        const seen = await observe(lab, t, async () => {
          await lab.on("k1").stop();
          await lab.on("k1").start(["--clock-offset", String(offset)]);
          await lab.on("b1").stop();
          await lab.network.between("b1", "k2", { cut: true });
          await startsInVain({ lab, t }, "b1", [], reason);
          await lab.network.everywhere({});
          await lab.on("k1").stop();
          await lab.on("b1").start();
          await lab.on("k1").start();
        });
        assert.deepEqual(seen.failures, []);
      },
    );
  }

  row(
    "a client's clock is a day off: what it verifies holds then, too; what does not, and its sealed requests, are refused",
    shared,
    async ({ lab, t }) => {
      for (const offset of [day, -day]) {
        assert.match((await lab.predict(offset, "f1")).stdout, /\[2\.0, 4\.0, 6\.0, 8\.0\]/);
        const sealed = await lab.predict(offset, "f1", { sealed: true });
        assert.equal(sealed.code, 1);
        assert.match(sealed.stderr, /within two minutes of its time/);
      }
      assert.match((await lab.predict(0, "f1", { sealed: true })).stdout, /\[2\.0, 4\.0, 6\.0, 8\.0\]/);
      for (const [offset, reason] of [
        [60 * day, /was valid until .*; now is/],
        [-2 * day, /is valid from .*; now is/],
      ] as const) {
        const { code, stderr } = await lab.predict(offset, "f1");
        assert.equal(code, 1);
        t.diagnostic(stderr.trim());
        assert.match(stderr, reason);
      }
    },
  );
}

/** It ends with a reason, and has listened nowhere. */
async function startsInVain(
  { lab, t }: Pick<Parts, "lab" | "t">,
  host: Backend | Frontend,
  args: readonly string[],
  reason: RegExp,
): Promise<void> {
  const opened = openings(lab);
  await assert.rejects(lab.on(host).start(args), /ended with code 1/);
  t.diagnostic(`${host}: ${lab.on(host).log.trim().split("\n").at(-1)}`);
  assert.match(lab.on(host).log, reason);
  assert.doesNotMatch(lab.on(host).log, /"listening"/);
  assert.equal(openings(lab), opened);
}
