// Collateral from PCS, PCCS and KDS over real sockets: the same bytes as at the source, and nothing from a service that misbehaves.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import {
  type CollateralServer,
  createMockAmd,
  createMockIntel,
  type Fault,
  type MockAmd,
  type MockIntel,
  startCollateralServer,
} from "@sealserve/mock-tee";
import type { CollateralRequest, CollateralSource } from "../collateral.ts";
import { CollateralError, type CollateralErrorCode } from "../collateral-error.ts";
import { toHex } from "../hex.ts";
import { kdsSource } from "./kds-source.ts";
import { pccsSource } from "./pccs-source.ts";
import { pcsSource } from "./pcs-source.ts";

const parts = { fetch: (url: string, init: RequestInit) => fetch(url, init) };
const clock = { now: () => new Date("2026-11-20T12:00:00Z") };
const { signal } = new AbortController();

interface World extends AsyncDisposable {
  readonly intel: MockIntel;
  readonly amd: MockAmd;
  readonly server: CollateralServer;
  readonly dcap: Extract<CollateralRequest, { kind: "dcap" }>;
  readonly snp: Extract<CollateralRequest, { kind: "snp" }>;
  pcs(limits?: { maxBytes?: number; deadline?: number }): CollateralSource;
}

async function openWorld(): Promise<World> {
  const intel = createMockIntel({}, clock);
  const amd = createMockAmd({ product: "Turin" }, clock);
  const server = await startCollateralServer({ intel: [intel], amd: [amd] });
  const reportedTcb = toHex(amd.report({ tee: "snp" }, new Uint8Array(64)).subarray(0x180, 0x188));
  return {
    ...{ intel, amd, server },
    dcap: { kind: "dcap", tee: "tdx", fmspc: intel.platform.fmspc, ca: "platform" },
    snp: { kind: "snp", product: "Turin", chipId: toHex(amd.chipId), reportedTcb },
    pcs: (limits = {}) => pcsSource({ baseUrl: server.url, rootCrlUrl: server.rootCrlUrl, limits }, parts),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

suite("collateral services", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  for (const tee of ["sgx", "tdx"] as const) {
    for (const path of ["", "/", "/sgx/certification/v4/"]) {
      test(`PCCS v4 at '${path}' gives ${tee} collateral with the signed text byte for byte`, async () => {
        const source = pccsSource({ baseUrl: world.server.url + path }, parts);
        assertSame(await source.fetch({ ...world.dcap, tee }, signal), world.intel.collateral(tee));
      });
    }
    test(`PCS gives ${tee} collateral with the signed text byte for byte`, async () => {
      assertSame(await world.pcs().fetch({ ...world.dcap, tee }, signal), world.intel.collateral(tee));
    });
  }

  test("PCCS v3 knows SGX, and says that it has nothing for TDX", async () => {
    const source = pccsSource({ baseUrl: world.server.url, version: 3 }, parts);
    assertSame(await source.fetch({ ...world.dcap, tee: "sgx" }, signal), world.intel.collateral("sgx"));
    await assert.rejects(source.fetch(world.dcap, signal), { code: "not-found" });
  });

  test("KDS gives VCEK, ASK, ARK and the revocation list", async () => {
    const source = kdsSource({ baseUrl: world.server.url }, parts);
    const got = await source.fetch(world.snp, signal);
    assert.ok(got.kind === "snp" && got.crl);
    assert.deepEqual(got.certificates.map(toHex), world.amd.collateral().certificates.map(toHex));
  });

  test("KDS gives the chain alone where the chip is masked: the evidence brings its VLEK", async () => {
    const source = kdsSource({ baseUrl: world.server.url }, parts);
    const got = await source.fetch({ ...world.snp, chipId: "0".repeat(128) }, signal);
    assert.ok(got.kind === "snp");
    const expected = world.amd.collateral({ certificates: ["asvk", "ark"] }).certificates;
    assert.deepEqual(got.certificates.map(toHex), expected.map(toHex));
  });

  test("unknown platforms, chips and patch levels are not found", async () => {
    const kds = kdsSource({ baseUrl: world.server.url }, parts);
    const unknown: readonly (readonly [CollateralSource, CollateralRequest])[] = [
      [world.pcs(), { ...world.dcap, fmspc: "000000000001" }],
      [world.pcs(), world.snp],
      [kds, { ...world.snp, chipId: "ab".repeat(64) }],
      [kds, { ...world.snp, reportedTcb: "0000000000000000" }],
      [kds, { ...world.snp, product: "Milan" }],
      [kds, world.dcap],
    ];
    for (const [source, request] of unknown) await assert.rejects(source.fetch(request, signal), { code: "not-found" });
  });

  const faults: readonly (readonly [Fault, CollateralErrorCode, part?: string])[] = [
    [{ kind: "html" }, "malformed", "/tcb"],
    [{ kind: "html" }, "malformed", "pckcrl"],
    [{ kind: "empty" }, "malformed"],
    [{ kind: "redirect", to: "http://169.254.169.254/latest/meta-data" }, "unavailable"],
    [{ kind: "hang" }, "unavailable"],
    [{ kind: "drip" }, "unavailable"],
    [{ kind: "reset" }, "unavailable"],
    [{ kind: "flood", bytes: 500e6 }, "too-large"],
    [{ kind: "gzip-bomb" }, "too-large"],
    [{ kind: "without-headers" }, "malformed"],
    [{ kind: "body", body: '{"tcbInfo":{},"tcbInfo":{},"signature":"00"}' }, "malformed", "/tcb"],
    [{ kind: "body", body: '{"tcbInfo":{}}' }, "malformed", "/tcb"],
    [{ kind: "status", status: 404 }, "not-found"],
    [{ kind: "status", status: 410 }, "not-found"],
    [{ kind: "status", status: 429, retryAfter: 17 }, "unavailable"],
    [{ kind: "status", status: 460 }, "unavailable"],
    [{ kind: "status", status: 461 }, "not-found"],
    [{ kind: "status", status: 462 }, "not-found"],
    [{ kind: "status", status: 503 }, "unavailable"],
  ];
  for (const [fault, code, part = ""] of faults) {
    const status = "status" in fault ? ` ${fault.status}` : "";
    test(`B13 ${fault.kind}${status}${part && ` at ${part}`}: ${code}`, async (t) => {
      world.server.breakDown(fault, part);
      t.after(() => world.server.breakDown(null));
      const endless = fault.kind === "hang" || fault.kind === "drip";
      const error = await world
        .pcs(endless ? { deadline: 200 } : {})
        .fetch(world.dcap, signal)
        .catch((thrown: unknown) => thrown);
      assert.ok(error instanceof CollateralError, String(error));
      assert.equal(error.code, code);
      if ("retryAfter" in fault) assert.equal("retryAfter" in error.facts && error.facts.retryAfter, 17);
      assert.doesNotMatch(error.message, /169\.254/);
    });
  }

  test("B13 nothing is asked of the place that a redirect names", async (t) => {
    const before = world.server.requests.length;
    world.server.breakDown({ kind: "redirect", to: `${world.server.url}/elsewhere` });
    t.after(() => world.server.breakDown(null));
    await assert.rejects(world.pcs().fetch(world.dcap, signal), { code: "unavailable" });
    assert.ok(!world.server.requests.slice(before).includes("/elsewhere"));
  });

  test("a caller that gives up gets its own reason", async (t) => {
    world.server.breakDown({ kind: "hang" });
    t.after(() => world.server.breakDown(null));
    const given = new AbortController();
    const pending = world.pcs().fetch(world.dcap, given.signal);
    given.abort(new RangeError("enough"));
    await assert.rejects(pending, { name: "RangeError" });
  });

  test("a base URL that is no http(s) URL, or holds credentials, is refused before anything is asked", () => {
    for (const baseUrl of ["file:///etc/passwd", "ftp://host", "https://user:secret@host", "host"]) {
      assert.throws(() => pccsSource({ baseUrl }, parts), TypeError);
    }
  });
});

/** Signatures differ each time that a mock signs; what is signed, and by whom, must not. */
function assertSame(found: unknown, expected: ReturnType<MockIntel["collateral"]>): void {
  assert.ok(typeof found === "object" && found !== null);
  for (const name of [
    "tcbInfo",
    "tcbInfoIssuerChain",
    "qeIdentity",
    "qeIdentityIssuerChain",
    "pckCrlIssuerChain",
  ] as const) {
    assert.equal(Reflect.get(found, name), expected[name], name);
  }
  for (const name of ["pckCrl", "rootCaCrl"] as const) {
    const list: unknown = Reflect.get(found, name);
    assert.ok(list instanceof Uint8Array);
    // All but the signature at the end, whose length may differ by a few bytes.
    assert.equal(toHex(list.subarray(10, 100)), toHex(expected[name].subarray(10, 100)), name);
  }
}
