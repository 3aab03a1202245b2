// The TCB status of simulated platforms: levels, convergence, TDX modules and the relaunch rule, as tables.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type QuoteTrial, trialIntel, tryQuote } from "@sealserve/conformance/fixtures/quote-trial";
import type { JsonDocument } from "@sealserve/mock-tee";
import type { EvidenceErrorCode } from "../evidence-error.ts";
import type { TcbStatus } from "../tcb-status.ts";
import { converge } from "./converge.ts";
import { isEvidenceError } from "./testing/is-error.ts";

const mock = trialIntel();
const platformStatuses = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
] as const;

test("converging with OutOfDate keeps the need of a configuration", () => {
  const expected: readonly (readonly [TcbStatus, TcbStatus])[] = [
    ["UpToDate", "OutOfDate"],
    ["SWHardeningNeeded", "OutOfDate"],
    ["ConfigurationNeeded", "OutOfDateConfigurationNeeded"],
    ["ConfigurationAndSWHardeningNeeded", "OutOfDateConfigurationNeeded"],
    ["TDRelaunchAdvised", "TDRelaunchAdvised"],
    ["TDRelaunchAdvisedConfigurationNeeded", "TDRelaunchAdvisedConfigurationNeeded"],
    ["OutOfDate", "OutOfDate"],
    ["OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded"],
    ["Revoked", "Revoked"],
  ];
  for (const [status, outOfDate] of expected) {
    assert.equal(converge(status, "OutOfDate"), outOfDate);
    assert.equal(converge(status, "UpToDate"), status);
    assert.equal(converge(status, "Revoked"), "Revoked");
  }
});

suite("C1: the status of the level that is reached", () => {
  for (const tee of ["sgx", "tdx"] as const) {
    for (const status of platformStatuses) {
      test(`${tee}: ${status}`, async () => {
        const collateral = { platform: { status, advisories: ["INTEL-SA-1"] }, qe: { advisories: ["INTEL-SA-2"] } };
        const verified = await tryQuote({ measurements: { tee }, collateral }, mock);
        assert.equal(verified.tcbStatus, status);
        assert.deepEqual(verified.advisories, ["INTEL-SA-1", "INTEL-SA-2"]);
      });
    }
  }
});

/** Replaces the least numbers of level `index` (best first) and its status. */
function level(index: number, tcb: JsonDocument, status?: TcbStatus): (document: JsonDocument) => void {
  return (document) => {
    const levels = document["tcbLevels"] as JsonDocument[];
    const changed = levels[index] ?? {};
    changed["tcb"] = { ...(changed["tcb"] as JsonDocument), ...tcb };
    changed["tcbStatus"] = status ?? changed["tcbStatus"];
  };
}

function both(...edits: readonly ((document: JsonDocument) => void)[]): (document: JsonDocument) => void {
  return (document) => {
    for (const edit of edits) edit(document);
  };
}

function components(...svns: readonly number[]): JsonDocument[] {
  return Array.from({ length: 16 }, (_, i) => ({ svn: svns[i] ?? 0 }));
}

function teeTcbSvn(...svns: readonly number[]): number[] {
  return Array.from({ length: 16 }, (_, i) => svns[i] ?? 0);
}

/** Modules of these ids; levels as [isvsvn, status], best first. */
function modules(...list: readonly (readonly [string, readonly (readonly [number, string])[]])[]) {
  return (document: JsonDocument): void => {
    const { mrsigner, attributes, attributesMask } = document["tdxModule"] as JsonDocument;
    document["tdxModuleIdentities"] = list.map(([id, levels]) => ({
      ...{ id, mrsigner, attributes, attributesMask },
      tcbLevels: levels.map(([isvsvn, tcbStatus]) => ({ tcb: { isvsvn }, tcbDate: "2024-03-13T00:00:00Z", tcbStatus })),
    }));
  };
}

const pce = mock.platform.pceSvn;
const none: readonly (readonly [string, readonly (readonly [number, string])[]])[] = [];
const td15 = { version: 5, tdVersion: "1.5" } as const;
/** A TD that a module of SVN 2 launched (OutOfDate: 5 is the newest), while this runs now. */
const launchedBy2 = (...current: number[]) =>
  ({
    quote: td15,
    measurements: { tee: "tdx", teeTcbSvn: teeTcbSvn(2, 1, 2), teeTcbSvn2: teeTcbSvn(...current) },
  }) as const;

const statuses: readonly (readonly [string, TcbStatus, QuoteTrial])[] = [
  ["a PCE one below the best level", "OutOfDate", { collateral: { editTcbInfo: level(0, { pcesvn: pce + 1 }) } }],
  [
    "one component below the best level",
    "OutOfDate",
    { collateral: { editTcbInfo: level(0, { sgxtcbcomponents: components(6) }) } },
  ],
  [
    "levels in any order",
    "UpToDate",
    { collateral: { editTcbInfo: (d) => void (d["tcbLevels"] as unknown[]).reverse() } },
  ],
  [
    "C3 module of major version 0: its SVN counts",
    "OutOfDate",
    { measurements: { tee: "tdx", teeTcbSvn: teeTcbSvn(4, 0, 2) } },
  ],
  [
    "C3 module of major version 0, patched",
    "UpToDate",
    { measurements: { tee: "tdx", teeTcbSvn: teeTcbSvn(5, 0, 2) } },
  ],
  [
    "C3 module of major version 1: the first two components do not count",
    "UpToDate",
    { collateral: { editTcbInfo: level(0, { tdxtcbcomponents: components(200, 200, 2) }) } },
  ],
  [
    "C3 the third component does",
    "OutOfDate",
    { collateral: { editTcbInfo: level(0, { tdxtcbcomponents: components(0, 0, 3) }) } },
  ],
  [
    "C3 module ids in lower case",
    "OutOfDate",
    { collateral: { editTcbInfo: modules(["tdx_01", [[5, "OutOfDate"]]]) } },
  ],
  [
    "C3 the TDX level decides, not the SGX one",
    "SWHardeningNeeded",
    {
      collateral: {
        editTcbInfo: both(
          level(0, { tdxtcbcomponents: components(0, 0, 9) }, "Revoked"),
          level(1, {}, "SWHardeningNeeded"),
        ),
      },
    },
  ],
  ["an outdated module", "OutOfDate", { collateral: { module: { status: "OutOfDate" } } }],
  [
    "an outdated module that needs a configuration",
    "OutOfDateConfigurationNeeded",
    { collateral: { module: { status: "OutOfDate" }, platform: { status: "ConfigurationNeeded" } } },
  ],
  ["a revoked module", "Revoked", { collateral: { module: { status: "Revoked" } } }],
  ["C5 an outdated quoting enclave", "OutOfDate", { quote: { qeSvn: 3 } }],
  [
    "C5 an outdated quoting enclave and a platform to configure",
    "OutOfDateConfigurationNeeded",
    { quote: { qeSvn: 3 }, collateral: { platform: { status: "ConfigurationAndSWHardeningNeeded" } } },
  ],
  ["C5 a revoked quoting enclave", "Revoked", { collateral: { qe: { status: "Revoked" } } }],
  ["C4 relaunch: the newest module and loader run", "TDRelaunchAdvised", launchedBy2(5, 1, 2)],
  ["C4 relaunch: newer than known", "TDRelaunchAdvised", launchedBy2(9, 1, 9)],
  [
    "C4 relaunch, platform to configure",
    "TDRelaunchAdvisedConfigurationNeeded",
    { ...launchedBy2(5, 1, 2), collateral: { platform: { status: "ConfigurationNeeded" } } },
  ],
  ["C4 relaunch into major version 0", "TDRelaunchAdvised", launchedBy2(5, 0, 2)],
  ["C4 no relaunch: the module is not the newest", "OutOfDate", launchedBy2(4, 1, 2)],
  ["C4 no relaunch: the loader is not the newest", "OutOfDate", launchedBy2(5, 1, 1)],
  ["C4 no relaunch: major version 0, not the newest", "OutOfDate", launchedBy2(4, 0, 2)],
  ["C4 no relaunch: TD 1.0 does not tell", "OutOfDate", { ...launchedBy2(5, 1, 2), quote: { version: 5 } }],
  [
    "C4 no relaunch: the quoting enclave is outdated",
    "OutOfDate",
    { ...launchedBy2(5, 1, 2), quote: { ...td15, qeSvn: 3 } },
  ],
  [
    "C4 no relaunch: the platform is outdated itself",
    "OutOfDate",
    { ...launchedBy2(5, 1, 2), collateral: { platform: { status: "OutOfDate" } } },
  ],
  [
    "C4 no relaunch: the module is revoked",
    "Revoked",
    {
      ...launchedBy2(5, 1, 2),
      collateral: {
        editTcbInfo: modules([
          "TDX_01",
          [
            [5, "UpToDate"],
            [2, "Revoked"],
          ],
        ]),
      },
    },
  ],
  ["C4 no relaunch: the module is up to date", "UpToDate", { ...launchedBy2(5, 1, 2), measurements: { tee: "tdx" } }],
];

for (const [name, status, trial] of statuses) {
  test(`${name}: ${status}`, async () => {
    assert.equal((await tryQuote(trial, mock)).tcbStatus, status);
  });
}

const refused: readonly (readonly [string, EvidenceErrorCode, QuoteTrial])[] = [
  [
    "no level that the SGX components reach",
    "tcb-not-supported",
    { collateral: { editTcbInfo: both(level(0, { pcesvn: 99 }), level(1, { pcesvn: 99 })) } },
  ],
  [
    "no level at all",
    "tcb-not-supported",
    { collateral: { editTcbInfo: (d) => void (d["tcbLevels"] as unknown[]).splice(0) } },
  ],
  [
    "no level that the TDX components reach",
    "tcb-not-supported",
    { measurements: { tee: "tdx", teeTcbSvn: teeTcbSvn(5, 1, 0) } },
  ],
  [
    "C3 no module of this major version",
    "tdx-module-mismatch",
    { collateral: { editTcbInfo: modules(["TDX_03", [[3, "UpToDate"]]]) } },
  ],
  ["C3 no modules", "tdx-module-mismatch", { collateral: { editTcbInfo: modules(...none) } }],
  [
    "C3 a module below all its levels",
    "tcb-not-supported",
    { measurements: { tee: "tdx", teeTcbSvn: teeTcbSvn(1, 1, 2) } },
  ],
  [
    "C3 a module of another signer",
    "tdx-module-mismatch",
    { measurements: { tee: "tdx", mrSignerSeam: "01".repeat(48) } },
  ],
  [
    "C3 a module of another signer, major version 0",
    "tdx-module-mismatch",
    { measurements: { tee: "tdx", teeTcbSvn: teeTcbSvn(5, 0, 2), mrSignerSeam: "01".repeat(48) } },
  ],
  [
    "C3 a module with attributes",
    "tdx-module-mismatch",
    { measurements: { tee: "tdx", seamAttributes: "0000000000000001" } },
  ],
  ["C4 relaunch into a module that nobody knows", "tdx-module-mismatch", launchedBy2(5, 7, 2)],
];

for (const [name, code, trial] of refused) {
  test(`refuses ${name}: ${code}`, () => assert.rejects(tryQuote(trial, mock), isEvidenceError(code)));
}

test("out of date since the next level, the earliest where several parts are", async () => {
  const newer = new Date("2024-03-13T00:00:00Z");
  assert.equal((await tryQuote({}, mock)).outOfDateSince, null);
  const platform = await tryQuote({ collateral: { editTcbInfo: level(0, { pcesvn: pce + 1 }) } }, mock);
  assert.deepEqual(platform.outOfDateSince, newer);
  const earlier = new Date("2024-01-01T00:00:00Z");
  const all = await tryQuote(
    { quote: { qeSvn: 3 }, collateral: { editTcbInfo: level(0, { pcesvn: pce + 1 }), qe: { date: earlier } } },
    mock,
  );
  assert.deepEqual(all.outOfDateSince, earlier);
  const newest = await tryQuote({ collateral: { platform: { status: "OutOfDate" } } }, mock);
  assert.equal(newest.outOfDateSince, null, "nothing newer: no day from which a grace could count");
  const mixed = await tryQuote({ quote: { qeSvn: 3 }, collateral: { platform: { status: "OutOfDate" } } }, mock);
  assert.equal(mixed.outOfDateSince, null, "nor if that is so of one part only");
});
