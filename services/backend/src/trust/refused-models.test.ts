// Models without a key: when they are asked for again, and that a policy which changes its mind is noticed without a restart.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { identityModel } from "@sealserve/conformance/fixtures/onnx-model";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import type { ModelStatus } from "@sealserve/inference";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { generateKeyPair, parseIdentity, parseRecipient, seal } from "@sealserve/sealing";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";
import { KeyRefusedError } from "../sealed/key-refused-error.ts";
import { RefusedModels } from "./refused-models.ts";

const which = { model: "m", version: "1" };
const refusal = new KeyRefusedError("policy-refused", { model: "m", reason: "no reference matched" });
const minute = 60_000;

test("waits twice as long after each refusal, an hour at most", () => {
  const clock = new VirtualClock();
  const refused = new RefusedModels({ clock });
  const waits = [1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * minute);
  for (const wait of waits) {
    assert.equal(refused.refused(which, refusal), wait);
    clock.advance(wait - 1);
    assert.equal(refused.takeTurn(which), false);
    clock.advance(1);
    assert.equal(refused.takeTurn(which), true);
    assert.equal(refused.takeTurn(which), false);
  }
  refused.loaded(which);
  assert.equal(refused.takeTurn(which), false);
  assert.equal(refused.refused(which, refusal), minute);
});

test("whoever asks now does not wait, nor long afterwards", () => {
  const refused = new RefusedModels({ clock: new VirtualClock() });
  for (let i = 0; i < 3; i++) refused.refused(which, refusal);
  refused.askNow("another");
  assert.equal(refused.takeTurn(which), false);
  refused.askNow("m");
  assert.equal(refused.takeTurn(which), true);
  assert.equal(refused.refused(which, refusal), minute);
  refused.askNow();
  assert.equal(refused.takeTurn(which), true);
});

test("a broker that is away is asked each minute, however long it is away, and that counts for nothing", () => {
  const clock = new VirtualClock();
  const refused = new RefusedModels({ clock });
  const away = new KeyRefusedError("broker-unavailable", { model: "m", reason: "nobody answers" });
  for (let i = 0; i < 10; i++) assert.equal(refused.refused(which, away), minute);
  assert.equal(refused.refused(which, refusal), minute);
  assert.equal(refused.refused(which, refusal), 2 * minute);
  assert.equal(refused.refused(which, away), minute);
});

test("a status says when the key is asked for again, while that lies ahead", () => {
  const clock = new VirtualClock();
  const refused = new RefusedModels({ clock });
  const end: ModelStatus = { name: "m", version: "1", state: "end", reason: "no key" };
  const statuses: readonly ModelStatus[] = [
    end,
    { ...end, version: "2" },
    { name: "m", version: "1", state: "loading", reason: "no key" },
  ];
  assert.deepEqual(refused.explain(statuses), statuses);
  refused.refused(which, refusal);
  const at = new Date(clock.epoch() + minute).toISOString();
  clock.advance(1000);
  const [first, ...others] = refused.explain(statuses);
  assert.equal(first?.reason, `no key (asked for again at ${at})`);
  assert.deepEqual(others, statuses.slice(1));
  clock.advance(minute);
  refused.takeTurn(which);
  assert.deepEqual(refused.explain(statuses), statuses);
});

test("what no answer of a broker can mend is not asked for again", () => {
  const refused = new RefusedModels({ clock: new VirtualClock() });
  for (const error of [
    new KeyRefusedError("root-mismatch", { model: "m", expected: [], found: "" }),
    new KeyRefusedError("file-changed", { model: "m", file: "f" }),
    new Error("no ONNX file"),
  ]) {
    refused.refused(which, refusal);
    assert.equal(refused.refused(which, error), null);
    assert.equal(refused.takeTurn(which), false);
  }
});

test("a model that a policy refused is served once the policy accepts, with no file changed", async () => {
  const { identity, recipient } = await generateKeyPair();
  const own = parseIdentity(identity);
  const modelStore = await mkdtemp(join(tmpdir(), "sealserve-asked-again-"));
  try {
    const stream = new Response(new Uint8Array(identityModel())).body ?? new ReadableStream();
    const sealed = seal(stream, [parseRecipient(recipient)]) as ReadableStream<Uint8Array<ArrayBuffer>>;
    await writeFile(join(modelStore, "m.onnx.age"), await new Response(sealed).bytes());
    let accepts = false;
    let asked = 0;
    let later = 0;
    const system = systemClock();
    const clock = { ...system, now: () => system.now() + later };
    const broker: typeof own = {
      unwrap(stanzas) {
        asked++;
        if (!accepts) throw new KeyBrokerError("policy-refused", { decision: null });
        return own.unwrap(stanzas);
      },
    };
    const config = backendConfig.parse({ modelStore, pollInterval: 10 });
    const parts = { clock, logger: silentLogger(), identitiesFor: () => [broker] };
    await using backend = await startBackend(config, parts);
    await backend.settled();
    assert.deepEqual(backend.sealedModels(), [{ ...which, stage: "refused", asksAgainIn: minute }]);
    const askedFirst = asked;
    later += minute;
    while (asked === askedFirst) await new Promise((resolve) => setTimeout(resolve, 5));
    accepts = true;
    backend.askForKeysNow("m");
    const available = async (): Promise<boolean> =>
      (await backend.service.list()).some(({ state }) => state === "available");
    while (!(await available())) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(backend.sealedModels(), [{ ...which, stage: "ready" }]);
  } finally {
    await rm(modelStore, { recursive: true, force: true });
  }
});
