// B3: collateral that went back is refused, also by a broker that was started anew since the newer was seen.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { type BrokerSession, brokerSession, connectKeyBroker } from "@sealserve/client";
import { createMockIntel } from "@sealserve/mock-tee";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey, createTeeKey } from "@sealserve/session";
import { AuditLog } from "../audit/audit-log.ts";
import { noWitness } from "../audit/witness.ts";
import { startKeyBroker } from "../key-broker.ts";
import { Vault } from "../root-key/vault.ts";
import { beginState } from "../state/begin-state.ts";
import { BrokerState } from "../state/broker-state.ts";
import { Storage } from "../storage/storage.ts";
import { model, startFixture, tenant, trusted } from "../testing/broker-fixture.ts";
import { StoredEvaluationNumbers } from "./stored-evaluation-numbers.ts";

const signal = new AbortController().signal;

test("B3 a lower evaluation number than before the restart is refused", async () => {
  const clock = systemClock();
  const intel = createMockIntel({}, { now: () => new Date(clock.epoch()) });
  let evaluationDataNumber = 18;
  const collateral = { fetch: async () => intel.collateral("tdx", { evaluationDataNumber }) };
  await using fixture = await startFixture({ intel, parts: { clock, collateral } });
  await (await fixture.session()).attest(signal);
  evaluationDataNumber = 17;
  await assert.rejects((await fixture.session()).attest(signal), { code: "collateral-unavailable" });

  await fixture.broker[Symbol.asyncDispose]();
  const parts = { clock, logger: silentLogger(), anchors: [intel.anchor], collateral };
  await using again = await startKeyBroker(fixture.config, parts);
  const session = async (): Promise<BrokerSession> => {
    const broker = connectKeyBroker(new URL(again.urls.broker ?? ""), { fetch });
    const [key, meshKey] = await Promise.all([createTeeKey(), createMeshKey()]);
    return brokerSession({ tee: "tdx", tenant, model }, { broker, attester: intel.attester(trusted), key, meshKey });
  };
  await assert.rejects((await session()).attest(signal), { code: "collateral-unavailable" });
  evaluationDataNumber = 18;
  await (await session()).attest(signal);
});

test("only a higher number is written, whoever wrote the lower, and each broker knows the other's before it decides", async () => {
  await using storage = await Storage.open(":memory:", { logger: silentLogger() });
  const vault = new Vault(Buffer.alloc(32, 1), { randomness: randomBytes });
  const begun = async () => {
    const audit = new AuditLog({ vault, epoch: Date.now, witness: noWitness, state: new BrokerState() });
    await audit.open(storage, (change) => beginState(change, { vault }));
    const numbers = new StoredEvaluationNumbers({ storage, audit });
    return { numbers, refresh: async () => numbers.take(await audit.current(storage)) };
  };
  const [{ numbers: first, refresh: refreshFirst }, { numbers: second, refresh }] = [await begun(), await begun()];
  first.saw("a/tdx/a", 18);
  first.saw("a/sgx/a", 3);
  second.saw("a/tdx/a", 17);
  await first.save();
  await second.save();
  assert.equal(second.highest("a/tdx/a"), 17);
  await refresh();
  const all = ["a/tdx/a", "a/sgx/a", "a/tdx/b", "b/tdx/a"].map((platform) => second.highest(platform));
  assert.deepEqual(all, [18, 3, 0, 0]);
  second.saw("a/tdx/a", 19);
  await second.save();
  await refreshFirst();
  assert.equal(first.highest("a/tdx/a"), 19);
  await storage.db.updateTable("evaluation_numbers").set({ highest: 1 }).execute();
  await assert.rejects(begun(), { code: "state-changed" });
});
