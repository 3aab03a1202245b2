// `sealserve verify` and `predict --trust` as processes, against a server on simulated hardware.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { toFiles, writeBundle } from "@sealserve/attestation";
import { type MockServer, openMockServer } from "../fixtures/mock-server.ts";

const main = join(import.meta.dirname, "../../apps/cli/src/main.ts");
let server: MockServer;
let folder: string;
let [anchor, policy, strict] = ["", "", ""];

before(async () => {
  server = await openMockServer();
  folder = await mkdtemp(join(tmpdir(), "sealserve-verify-"));
  [anchor, policy, strict] = [join(folder, "anchor.json"), join(folder, "policy.json"), join(folder, "strict.yaml")];
  await writeFile(anchor, JSON.stringify(server.anchor));
  await writeFile(policy, JSON.stringify(server.policy));
  await writeFile(strict, "name: nobody\nreferences: []\ntcbStatuses: []\nhardwareIds: []\n");
});

after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function sealserve(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [[code], out, err] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return { code, out, err };
}

test("passes with the mock root trusted, with and without a policy", async () => {
  const card = await sealserve("verify", server.url, "--trust-anchor", anchor, "--policy", policy);
  assert.deepEqual([card.code, card.out.trimEnd().split("\n").at(-1)], [0, "PASS"], card.out + card.err);
  const json = await sealserve("verify", server.url, "--trust-anchor", anchor, "--json");
  const { verdict, checks, modelSetDigest } = JSON.parse(json.out);
  assert.deepEqual([json.code, verdict, modelSetDigest], [0, "pass", server.modelSetDigest]);
  const outcomes = Object.fromEntries(
    checks.map((each: { check: string; outcome: string }) => [each.check, each.outcome]),
  );
  assert.deepEqual([outcomes["measurement"], outcomes["channel-binding"]], ["not-compared", "pass"]);
});

test("fails without the mock root, by the policy, at another time, and for other models", async () => {
  const trusted = ["verify", server.url, "--json", "--trust-anchor", anchor];
  const cases = [
    [["verify", server.url, "--json"], "root-untrusted"],
    [[...trusted, "--policy", strict], "simulated-refused"],
    [[...trusted, "--model-set", "00".repeat(32)], "pinned-mismatch"],
    [[...trusted, "--config-digest", "00".repeat(32)], "pinned-mismatch"],
    [[...trusted, "--mesh-digest", "00".repeat(32)], "pinned-mismatch"],
  ] as const;
  await Promise.all(
    cases.map(async ([args, code]) => {
      const { code: exit, out } = await sealserve(...args);
      assert.deepEqual([exit, JSON.parse(out).verdict, JSON.parse(out).code], [1, "fail", code]);
    }),
  );
  const late = await sealserve(...trusted, "--at", "2090-01-01T00:00:00Z");
  assert.deepEqual([late.code, JSON.parse(late.out).verdict], [1, "fail"]);
});

test("works offline: with a bundle or a file of collateral, and by nothing else where one is given", async () => {
  await using silent = await openMockServer({ stapled: false });
  const trustAnchor = join(folder, "silent-anchor.json");
  await writeFile(trustAnchor, JSON.stringify(silent.anchor));
  const request = { kind: "dcap", tee: "tdx", fmspc: "00906ed50000", ca: "platform" } as const;
  const collateral = await silent.source.fetch(request, new AbortController().signal);
  const [created, hour] = [new Date(), 3_600_000];
  const window = { from: created.getTime() - hour, until: created.getTime() + hour };
  const bundle = join(folder, "site.bundle");
  await writeFile(bundle, await writeBundle({ created, window, files: toFiles(request, collateral) }));
  const other = join(folder, "other.bundle");
  await writeFile(other, await writeBundle({ created, window, files: [] }));

  const judge = async (url: string, anchors: string, from: string) => {
    const { code, out } = await sealserve("verify", url, "--json", "--trust-anchor", anchors, "--collateral", from);
    return [code, JSON.parse(out).verdict, JSON.parse(out).code];
  };
  assert.deepEqual(await judge(silent.url, trustAnchor, bundle), [0, "pass", null]);
  assert.deepEqual(await judge(silent.url, trustAnchor, other), [1, "fail", "not-found"]);
  // What the server sends along is not looked at.
  assert.deepEqual(await judge(server.url, anchor, other), [1, "fail", "not-found"]);
  assert.equal((await sealserve("verify", server.url, "--collateral", join(folder, "missing"))).code, 2);
});

test("tells a wrong command line and an unreachable server apart", async () => {
  const wrong = [
    ["verify"],
    ["verify", "http://127.0.0.1:1"],
    ["verify", server.url, "--policy", join(folder, "missing")],
    ["verify", server.url, "--policy", anchor],
    ["verify", server.url, "--at", "teatime"],
    ["verify", server.url, "--model-set", "x"],
    ["verify", server.url, "--config-digest", "x"],
    ["verify", server.url, "--mesh-digest", "x"],
  ];
  await Promise.all(wrong.map(async (args) => assert.equal((await sealserve(...args)).code, 2, args.join(" "))));
  const down = await sealserve("verify", "https://127.0.0.1:1", "--json");
  assert.deepEqual([down.code, JSON.parse(down.out).code], [3, "unreachable"]);
});

test("predict with --trust verifies first, and asks nobody whom the policy refuses", async () => {
  const values = JSON.stringify(Array.from({ length: 16 }, (_, i) => i));
  const ask = (...flags: readonly string[]) =>
    sealserve("predict", "identity", "--url", server.url, "--input", `INPUT0=[${values}]`, ...flags);
  const answered = await ask("--trust", policy, "--trust-anchor", anchor);
  assert.equal(answered.code, 0, answered.err);
  assert.equal((await ask("--trust", policy)).code, 1);
  const refused = await ask("--trust", strict, "--trust-anchor", anchor);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /nobody/);
  assert.equal((await ask("--trust-anchor", anchor)).code, 2);
  for (const pin of ["--config-digest", "--mesh-digest"]) {
    assert.equal((await ask(pin, "00".repeat(32))).code, 2, pin);
    const pinned = await ask("--trust", policy, "--trust-anchor", anchor, pin, "00".repeat(32));
    assert.equal(pinned.code, 1, pin);
    assert.match(pinned.err, /pinned/, pin);
  }
  const configuration = ["--config-digest", "02".repeat(32)];
  assert.equal((await ask("--trust", policy, "--trust-anchor", anchor, ...configuration)).code, 0);
});
