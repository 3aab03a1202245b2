// B3: collateral that went back is refused, also by a broker that was started anew since the newer was seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BrokerSession, brokerSession, connectKeyBroker } from "@sealserve/client";
import { createMockIntel } from "@sealserve/mock-tee";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey, createTeeKey } from "@sealserve/session";
import { startKeyBroker } from "../key-broker.ts";
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

test("only a higher number is written, whoever wrote the lower", async () => {
  await using storage = await Storage.open(":memory:", { logger: silentLogger() });
  const [first, second] = [await StoredEvaluationNumbers.open(storage), await StoredEvaluationNumbers.open(storage)];
  first.saw("tdx/a", 18);
  first.saw("sgx/a", 3);
  second.saw("tdx/a", 17);
  await first.save();
  await second.save();
  const found = await StoredEvaluationNumbers.open(storage);
  assert.deepEqual([found.highest("tdx/a"), found.highest("sgx/a"), found.highest("tdx/b")], [18, 3, 0]);
  second.saw("tdx/a", 19);
  await second.save();
  assert.equal((await StoredEvaluationNumbers.open(storage)).highest("tdx/a"), 19);
});
