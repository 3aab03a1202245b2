// The whole of it over simulated hardware: true-format evidence, collateral from the server, a policy, a scorecard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { acceptNobody, type CollateralSource, intelRoot } from "@sealserve/attestation";
import { type MockServer, measured, openMockServer } from "@sealserve/conformance/fixtures/mock-server";
import { type Check, createTrust, type Scorecard, type ScorecardOptions } from "@sealserve/session";
import { connectAttested } from "./connect-attested.node.ts";
import { scoreServer } from "./score-server.node.ts";

const signal = new AbortController().signal;
let server: MockServer;

before(async () => {
  server = await openMockServer();
});
after(() => server[Symbol.asyncDispose]());

function trust(changes: { policy?: typeof acceptNobody; trusted?: boolean; collateral?: CollateralSource } = {}) {
  const { policy = server.policy, trusted = true, collateral = "stapled" } = changes;
  return createTrust(
    { policy },
    { anchors: trusted ? [intelRoot, server.anchor] : [intelRoot], collateral, now: () => new Date() },
  );
}

async function score(
  changes: Partial<ScorecardOptions> & { of?: MockServer; trusted?: boolean; collateral?: CollateralSource } = {},
): Promise<Scorecard> {
  const { of = server, trusted = true, collateral = "stapled", ...options } = changes;
  return scoreServer(
    of.url,
    { policy: of.policy, purpose: "client-facing", ...options },
    { anchors: trusted ? [intelRoot, of.anchor] : [intelRoot], collateral, now: () => new Date(), signal },
  );
}

function failures({ scores }: Scorecard): Partial<Record<Check, string | null>> {
  return Object.fromEntries(scores.filter(({ outcome }) => outcome === "fail").map(({ check, code }) => [check, code]));
}

test("a genuine server that the policy accepts is talked to", async () => {
  await using service = await connectAttested(server.url, trust());
  assert.ok((await service.list()).length > 0);
  const { result } = service.peer;
  assert.deepEqual([result.root.simulated, result.reference, result.tcbStatus], [true, "the server", "UpToDate"]);
});

test("collateral of one's own serves as well as what the server sends", async () => {
  await using bare = await openMockServer({ stapled: false });
  const anchored = { anchors: [bare.anchor], now: () => new Date() };
  const own = createTrust({ policy: bare.policy }, { ...anchored, collateral: bare.source });
  await using service = await connectAttested(bare.url, own);
  assert.ok(await service.list());
  const none = createTrust({ policy: bare.policy }, { ...anchored, collateral: "stapled" });
  await assert.rejects(connectAttested(bare.url, none), { code: "not-found" });
  const otherwise = createTrust(
    { policy: bare.policy },
    { ...anchored, collateral: "stapled", otherwise: bare.source },
  );
  await (await connectAttested(bare.url, otherwise))[Symbol.asyncDispose]();
});

test("without the mock root, without its name in the policy, and with no policy to speak of, nobody is talked to", async () => {
  await assert.rejects(connectAttested(server.url, trust({ trusted: false })), { code: "root-untrusted" });
  const unnamed = { ...server.policy, simulatedRoots: [] };
  await assert.rejects(connectAttested(server.url, trust({ policy: unnamed })), { code: "simulated-refused" });
  await assert.rejects(connectAttested(server.url, trust({ policy: acceptNobody })), { code: "simulated-refused" });
});

test("another measurement and a debug TEE are refused", async () => {
  await using changed = await openMockServer({ mrTd: "cd".repeat(48) });
  assert.deepEqual(failures(await score({ pinned: { meshDigests: ["00".repeat(32)] } })), { mesh: "pinned-mismatch" });
  await using debug = await openMockServer({ debug: true });
  for (const [other, code] of [
    [changed, "no-reference-matched"],
    [debug, "debug-refused"],
  ] as const) {
    const given = createTrust(
      { policy: other.policy },
      { anchors: [other.anchor], collateral: "stapled", now: () => new Date() },
    );
    await assert.rejects(connectAttested(other.url, given), { code });
  }
});

test("a scorecard passes where every check does", async () => {
  const card = await score();
  assert.deepEqual(failures(card), {});
  assert.equal(card.verdict, "pass");
  assert.ok(card.scores.every(({ outcome }) => outcome === "pass"));
  assert.match(card.scores.find(({ check }) => check === "measurement")?.reason ?? "", new RegExp(measured));
});

test("each refusal fails the check that it belongs to, and what hardware did not sign proves nothing", async () => {
  const untrusted = await score({ trusted: false });
  assert.deepEqual(failures(untrusted), { tee: "root-untrusted" });
  assert.ok(untrusted.scores.every(({ outcome }) => outcome !== "pass"));
  assert.deepEqual(failures(await score({ policy: { ...server.policy, simulatedRoots: [] } })), {
    tee: "simulated-refused",
  });
  assert.deepEqual(failures(await score({ policy: { ...server.policy, tcbStatuses: [] } })), {
    "tcb-status": "tcb-status-refused",
  });
  assert.deepEqual(failures(await score({ policy: { ...server.policy, references: [] } })), {
    measurement: "no-reference-matched",
  });
  assert.deepEqual(failures(await score({ policy: { ...server.policy, hardwareIds: [] } })), {
    hardware: "hardware-not-allowed",
  });
  assert.deepEqual(failures(await score({ purpose: "backend" })), { purpose: "purpose-mismatch" });
  assert.deepEqual(failures(await score({ pinned: { modelSetDigest: "00".repeat(32) } })), {
    "model-set": "pinned-mismatch",
  });
  await using debug = await openMockServer({ debug: true });
  assert.deepEqual(failures(await score({ of: debug })), { debug: "debug-refused" });
});

test("a policy made from the claims compares nothing, and says so", async () => {
  const card = await score({ policy: () => server.policy });
  assert.equal(card.verdict, "pass");
  assert.equal(card.scores.find(({ check }) => check === "measurement")?.outcome, "not-compared");
});
