// One row of the proof: a fault under load, what clients saw of it, and that afterwards all is well, logged and kept.
import { type TestContext, test } from "node:test";
import type { Changes } from "../lab/changes.ts";
import type { Lab } from "../lab/lab.ts";
import { assertNothingOpenedUnlogged } from "../lab/release-log.ts";
import { settled } from "../lab/settled.ts";

export interface Parts {
  readonly lab: Lab;
  readonly changes: Changes;
  readonly t: TestContext;
}

/** Gives what the rows share, once it is there. */
export type Shared = () => Omit<Parts, "t">;

/** `act` leaves the network as it likes, and every process running. */
export function row(name: string, shared: Shared, act: (parts: Parts) => Promise<void>): void {
  test(name, { timeout: 120_000 }, async (t) => {
    const { lab, changes } = shared();
    try {
      await act({ lab, changes, t });
    } finally {
      await lab.network.everywhere({});
    }
    const took = await settled(lab);
    t.diagnostic(`well again ${(took / 1000).toFixed(1)} s after the fault was over`);
    await changes.hold();
    await assertNothingOpenedUnlogged(lab);
  });
}
