// A clock that goes back behind what was signed is refused, also by a broker that was started anew, and by another on the database.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { brokerSession, connectKeyBroker } from "@sealserve/client";
import { createMockIntel } from "@sealserve/mock-tee";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createTeeKey } from "@sealserve/session";
import { type KeyBroker, startKeyBroker } from "../key-broker.ts";
import { model, startFixture, tenant, trusted } from "../testing/broker-fixture.ts";

const signal = new AbortController().signal;
const day = 86_400_000;

test("no broker on the database goes back behind what one of them saw signed", async () => {
  const days = [0, 0];
  const clocks = days.map((_, i) => ({ ...systemClock(), epoch: () => Date.now() + (days[i] ?? 0) * day }));
  const [clock = systemClock(), otherClock = systemClock()] = clocks;
  const intel = createMockIntel({}, { now: () => new Date(clock.epoch()) });
  // Whoever sets the clock back brings the collateral of that time.
  const collateral = {
    fetch: async () => intel.collateral("tdx", { issueDate: new Date(otherClock.epoch() - day) }),
  };
  await using fixture = await startFixture({ intel, parts: { clock } });
  const attestAt = async ({ urls }: KeyBroker) => {
    const broker = connectKeyBroker(new URL(urls.broker ?? ""), { fetch });
    const key = await createTeeKey();
    return brokerSession({ tee: "tdx", tenant, model }, { broker, attester: intel.attester(trusted), key }).attest(
      signal,
    );
  };
  const parts = { logger: silentLogger(), anchors: [intel.anchor], collateral };
  await using other = await startKeyBroker(fixture.config, { ...parts, clock: otherClock });
  await attestAt(fixture.broker);
  await attestAt(other);
  days[1] = -3;
  await assert.rejects(attestAt(other), { code: "collateral-unavailable" });
  await other[Symbol.asyncDispose]();
  await using again = await startKeyBroker(fixture.config, { ...parts, clock: otherClock });
  await assert.rejects(attestAt(again), { code: "collateral-unavailable" });
  days[1] = 0;
  await attestAt(again);
  using database = new DatabaseSync(fixture.config.database);
  const rows = database.prepare("select entry from audit order by sequence").all();
  const reasons = rows.flatMap(({ entry }) => JSON.parse(String(entry)).reason ?? []);
  assert.deepEqual(reasons, ["accepted", "accepted", "clock-behind", "clock-behind", "accepted"]);
});
