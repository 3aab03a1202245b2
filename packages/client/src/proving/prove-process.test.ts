// How a start in a TEE ends for each thing that can go wrong: what is final ends it at once, what may pass is tried again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AttesterError } from "@sealserve/attestation/attester";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { SessionError } from "@sealserve/session";
import { mayListen, type ProcessStage } from "./process-stages.ts";
import { ProcessStart, proveProcess } from "./prove-process.node.ts";
import { TrustStartError } from "./start-error.ts";

const decided = { decision: 7 };
const logger = { info() {}, warn() {} };
const nothing = {};

interface Outcome {
  readonly stage: ProcessStage;
  readonly attempts: number;
  readonly code: string | null;
}

/** The start where each attempt but those beyond the list fails with the error in its place. */
async function startWith(errors: readonly (Error | null)[], evidence = true): Promise<Outcome> {
  const start = new ProcessStart({ logger });
  let attempts = 0;
  const attest = async (onEvidence: () => void): Promise<void> => {
    if (evidence) onEvidence();
    const error = errors[attempts++];
    if (error) throw error;
  };
  const pause = async (): Promise<void> => {};
  try {
    await proveProcess(start, { attempts: 3 }, { attest, pause, logger }, new AbortController().signal);
    return { stage: start.stage, attempts, code: null };
  } catch (error) {
    assert.ok(!mayListen(start.stage));
    return { stage: start.stage, attempts, code: error instanceof Error && "code" in error ? String(error.code) : "?" };
  }
}

test("an accepted process has a verdict", async () => {
  assert.deepEqual(await startWith([]), { stage: "verdict", attempts: 1, code: null });
});

function noCertificate(cause?: Error): SessionError {
  return new SessionError("certificate-unavailable", { reason: "?" }, cause);
}

const finals: readonly (readonly [Error, string])[] = [
  [new KeyBrokerError("evidence-refused", decided), "evidence-refused"],
  [new KeyBrokerError("token-refused", decided), "evidence-refused"],
  [new KeyBrokerError("policy-refused", decided), "policy-refused"],
  [new KeyBrokerError("not-found", nothing), "key-missing"],
  [new TrustStartError("key-missing", { reason: "?" }), "key-missing"],
  [new KeyBrokerError("malformed-request", { problem: "?" }), "evidence-refused"],
  [new SessionError("released-unreadable", {}), "evidence-refused"],
  [noCertificate(new KeyBrokerError("role-missing", { role: "backend" })), "policy-refused"],
  [noCertificate(new Error("it has ended already")), "evidence-refused"],
  [noCertificate(), "evidence-refused"],
  [new AttesterError("no-attester", { looked: [] }), "evidence-refused"],
  [new AttesterError("report-data-mismatch", { attempts: 3 }), "evidence-refused"],
  [new Error("something that nobody foresaw"), "evidence-refused"],
];
for (const [error, code] of finals) {
  test(`${error.name} ${"code" in error ? error.code : ""} ends the start at once as ${code}`, async () => {
    assert.deepEqual(await startWith([error]), { stage: "refused", attempts: 1, code });
  });
}

const passing: readonly Error[] = [
  new KeyBrokerError("collateral-unavailable", decided),
  new KeyBrokerError("too-many-requests", { retryAfter: 1 }),
  new KeyBrokerError("unavailable", nothing),
  new KeyBrokerError("session-refused", nothing),
  noCertificate(new KeyBrokerError("unavailable", nothing)),
  new SessionError("unreachable", { where: "https://broker", reason: "?" }),
  new AttesterError("busy", { attempts: 3 }),
];
for (const error of passing) {
  test(`${error.name} ${"code" in error ? error.code : ""} is tried again, but not for ever`, async () => {
    assert.deepEqual(await startWith([error, error]), { stage: "verdict", attempts: 3, code: null });
    assert.deepEqual(await startWith([error, error, error]), { stage: "refused", attempts: 3, code: "no-verdict" });
  });
}

test("without a limit it asks for as long as it takes, and its history stays short", async () => {
  const start = new ProcessStart({ logger });
  let attempts = 0;
  const attest = async (onEvidence: () => void): Promise<void> => {
    onEvidence();
    if (++attempts < 3_000) throw new KeyBrokerError("unavailable", nothing);
  };
  const parts = { attest, pause: async () => {}, logger };
  await proveProcess(start, { attempts: Number.POSITIVE_INFINITY }, parts, new AbortController().signal);
  assert.equal(attempts, 3_000);
  const { passed } = start;
  assert.ok(passed.length <= 100);
  assert.deepEqual([passed[0], ...passed.slice(-3)], ["unproven", "unproven", "evidence", "verdict"]);
});

test("without evidence a start is refused, too", async () => {
  const busy = new AttesterError("busy", { attempts: 3 });
  assert.deepEqual(await startWith([busy, busy, busy], false), { stage: "refused", attempts: 3, code: "no-verdict" });
});

test("a process that is told to stop gives up with that reason", async () => {
  const stopping = new AbortController();
  const reason = new Error("stop");
  const attest = async (): Promise<void> => {
    stopping.abort(reason);
    throw new KeyBrokerError("unavailable", nothing);
  };
  const parts = { attest, pause: async () => {}, logger };
  await assert.rejects(proveProcess(new ProcessStart({ logger }), { attempts: 3 }, parts, stopping.signal), reason);
});
