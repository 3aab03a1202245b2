// Every rule of a policy, as a table: what holds is accepted, and each thing that does not is refused by its own code.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { AppraisalPolicy, ReferenceValue } from "../appraisal-policy.ts";
import type { Claims, SgxClaims, SnpClaims, TdxClaims } from "../claims.ts";
import { type TcbStatus, tcbStatuses } from "../tcb-status.ts";
import type { VerifiedEvidence } from "../verified-evidence.ts";
import { acceptNobody } from "./accept-nobody.ts";
import { appraise } from "./appraise.ts";
import { isPolicyError, type PolicyErrorCode } from "./policy-error.ts";

const now = new Date("2026-06-15T12:00:00Z");
const h = (byte: string, bytes: number): string => byte.repeat(bytes);
const common = { reportData: h("00", 64), debug: false, hardwareId: h("a1", 16) };

const sgx: SgxClaims = {
  ...common,
  tee: "sgx",
  mrEnclave: `00${h("e1", 31)}`,
  mrSigner: h("51", 32),
  isvProdId: 3,
  isvSvn: 7,
  configId: h("00", 64),
  attributes: h("05", 16),
};
const tdx: TdxClaims = {
  ...common,
  tee: "tdx",
  mrTd: h("d1", 48),
  rtmr: [h("10", 48), h("11", 48), h("12", 48), h("13", 48)],
  mrConfigId: h("c1", 48),
  mrOwner: h("00", 48),
  mrOwnerConfig: h("00", 48),
  mrSeam: h("5e", 48),
  teeTcbSvn: h("06", 16),
  tdAttributes: "0000001000000000",
  xfam: h("e7", 8),
  mrServiceTd: null,
};
const snp: SnpClaims = {
  ...common,
  hardwareId: h("c4", 64),
  tee: "snp",
  product: "Genoa",
  measurement: h("3e", 48),
  hostData: h("0d", 32),
  idKeyDigest: h("1d", 48),
  authorKeyDigest: h("00", 48),
  guestSvn: 2,
  vmpl: 0,
  policy: "0000000000030000",
  reportedTcb: { bootLoader: 4, tee: 0, snp: 22, microcode: 213, fmc: null },
};

const sgxReference = { tee: "sgx", name: "enclave", mrEnclave: [sgx.mrEnclave] } as const;
const signerReference = { tee: "sgx", name: "signer", mrSigner: [sgx.mrSigner], isvProdId: 3, minIsvSvn: 7 } as const;
const tdxReference = { tee: "tdx", name: "image", mrTd: [tdx.mrTd] } as const;
const snpReference = { tee: "snp", name: "guest", measurement: [snp.measurement], minTcb: {} } as const;

const policy: AppraisalPolicy = {
  name: "test",
  references: [sgxReference, tdxReference, snpReference],
  tcbStatuses: ["UpToDate"],
  advisories: [],
  graceDays: 0,
  hardwareIds: null,
  simulatedRoots: [],
};

function verified(claims: Claims, changed: Partial<VerifiedEvidence> = {}): VerifiedEvidence {
  return {
    claims,
    tcbStatus: "UpToDate",
    advisories: [],
    outOfDateSince: null,
    root: { name: "root", vendor: "intel", sha256: h("0f", 32), simulated: false },
    tcbEvaluationDataNumber: 17,
    collateralIssuedAt: new Date("2026-06-01T12:00:00Z"),
    notAfter: new Date("2026-07-01T00:00:00Z"),
    ...changed,
  };
}

function outcome(evidence: VerifiedEvidence, rules: AppraisalPolicy, at = now): string {
  try {
    return appraise(evidence, rules, at).reference;
  } catch (error) {
    assert.ok(isPolicyError(error));
    return error.code;
  }
}

test("each kind of TEE is accepted by its own reference value, and by no other kind's", () => {
  assert.equal(outcome(verified(sgx), policy), "enclave");
  assert.equal(outcome(verified(tdx), policy), "image");
  assert.equal(outcome(verified(snp), policy), "guest");
  assert.equal(outcome(verified(snp), { ...policy, references: [sgxReference, tdxReference] }), "no-reference-matched");
});

test("the policy of those who have none accepts nobody", () => {
  for (const claims of [sgx, tdx, snp]) assert.equal(outcome(verified(claims), acceptNobody), "tcb-status-refused");
  const generous = { ...acceptNobody, tcbStatuses: tcbStatuses.slice(), hardwareIds: null };
  assert.equal(outcome(verified(sgx), generous), "no-reference-matched");
});

suite("C9: a debug TEE is refused by every policy, before anything else", () => {
  const generous = {
    ...policy,
    tcbStatuses: tcbStatuses.slice(),
    graceDays: 365,
    references: [sgxReference, { ...tdxReference, tdAttributes: ["0100001000000000"] }, snpReference],
  };
  for (const claims of [sgx, { ...tdx, tdAttributes: "0100001000000000" }, snp]) {
    test(claims.tee, () => assert.equal(outcome(verified({ ...claims, debug: true }), generous), "debug-refused"));
  }
});

suite("C1: TCB statuses", () => {
  const relaxed = { ...policy, tcbStatuses: tcbStatuses.slice() };
  for (const tcbStatus of tcbStatuses) {
    test(`${tcbStatus}: strict, named alone, all named`, () => {
      const evidence = verified(tdx, { tcbStatus });
      assert.equal(outcome(evidence, policy), tcbStatus === "UpToDate" ? "image" : "tcb-status-refused");
      const named = tcbStatus === "Revoked" ? "tcb-status-refused" : "image";
      assert.equal(outcome(evidence, { ...policy, tcbStatuses: [tcbStatus] }), named);
      assert.equal(outcome(evidence, relaxed), named);
    });
  }
  test("a status that nobody knows is refused even where a policy names it", () => {
    const fine = "Fine" as TcbStatus;
    assert.equal(outcome(verified(tdx, { tcbStatus: fine }), { ...policy, tcbStatuses: [fine] }), "tcb-status-refused");
  });
});

suite("grace after the date of a newer TCB level", () => {
  const late = { tcbStatus: "OutOfDate", outOfDateSince: new Date("2026-06-01T12:00:00Z") } as const;
  const cases: readonly (readonly [string, Partial<VerifiedEvidence>, number, string])[] = [
    ["within", late, 15, "image"],
    ["the last millisecond is over", late, 14, "tcb-status-refused"],
    ["none", late, 0, "tcb-status-refused"],
    ["no date is known", { ...late, outOfDateSince: null }, 365, "tcb-status-refused"],
    ["no date at all", { ...late, outOfDateSince: new Date(Number.NaN) }, 365, "tcb-status-refused"],
    [
      "a configuration is at fault, too",
      { ...late, tcbStatus: "OutOfDateConfigurationNeeded" },
      15,
      "tcb-status-refused",
    ],
    ["Revoked", { ...late, tcbStatus: "Revoked" }, 365, "tcb-status-refused"],
    ["advisories still count", { ...late, advisories: ["INTEL-SA-00615"] }, 15, "advisory-refused"],
  ];
  for (const [name, changed, graceDays, expected] of cases) {
    test(name, () => assert.equal(outcome(verified(tdx, changed), { ...policy, graceDays }), expected));
  }
  test("no clock, no grace", () => {
    const rules = { ...policy, graceDays: 365 };
    assert.equal(outcome(verified(tdx, late), rules, new Date(Number.NaN)), "tcb-status-refused");
  });
});

suite("B2: the age of collateral", () => {
  const second = 1000;
  const noDate = new Date(Number.NaN);
  const cases: readonly (readonly [string, number | undefined, Date | null, Date, string])[] = [
    ["no limit", undefined, new Date(0), now, "image"],
    ["no limit and no date", undefined, null, now, "image"],
    ["exactly at the limit", 14, new Date("2026-06-01T12:00:00Z"), now, "image"],
    ["a second beyond", 14, new Date("2026-06-01T11:59:59Z"), now, "collateral-stale"],
    ["a millisecond beyond", 14, new Date("2026-06-01T11:59:59.999Z"), now, "collateral-stale"],
    ["issued just now", 1, new Date(now.getTime() - second), now, "image"],
    ["a date that nobody tells", 365, null, now, "collateral-stale"],
    ["a date that is none", 365, noDate, now, "collateral-stale"],
    ["no clock", 365, now, noDate, "collateral-stale"],
  ];
  for (const [name, maxAge, collateralIssuedAt, at, expected] of cases) {
    test(name, () => {
      const rules = maxAge === undefined ? policy : { ...policy, maxCollateralAgeDays: maxAge };
      assert.equal(outcome(verified(tdx, { collateralIssuedAt }), rules, at), expected);
    });
  }
  test("comes before the TCB status that old collateral tells", () => {
    const evidence = verified(tdx, { tcbStatus: "OutOfDate" });
    assert.equal(outcome(evidence, { ...policy, maxCollateralAgeDays: 13 }), "collateral-stale");
  });
});

suite("C7: advisories", () => {
  const advisories = ["INTEL-SA-00289", "INTEL-SA-00615"];
  const evidence = verified(sgx, { tcbStatus: "SWHardeningNeeded", advisories });
  const rules = { ...policy, tcbStatuses: ["SWHardeningNeeded"] as const };
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["both named", advisories, "enclave"],
    ["one of two named", ["INTEL-SA-00289"], "advisory-refused"],
    ["none named", [], "advisory-refused"],
    ["other letters", ["intel-sa-00289", "INTEL-SA-00615"], "advisory-refused"],
  ];
  for (const [name, allowed, expected] of cases) {
    test(name, () => assert.equal(outcome(evidence, { ...rules, advisories: allowed }), expected));
  }
  test("the refusal names those that are not allowed, and no other", () => {
    assert.throws(() => appraise(evidence, { ...rules, advisories: ["INTEL-SA-00289"] }, now), {
      code: "advisory-refused",
      facts: { policy: "test", status: "SWHardeningNeeded", refused: ["INTEL-SA-00615"] },
    });
  });
});

suite("C15: hardware", () => {
  const cases: readonly (readonly [string, string | null, readonly string[] | null, string])[] = [
    ["any", null, null, "enclave"],
    ["named", common.hardwareId, [h("00", 16), common.hardwareId], "enclave"],
    ["not named", common.hardwareId, [h("00", 16)], "hardware-not-allowed"],
    ["an empty list is nobody", common.hardwareId, [], "hardware-not-allowed"],
    ["masked hardware is on no list", null, [common.hardwareId], "hardware-not-allowed"],
  ];
  for (const [name, hardwareId, hardwareIds, expected] of cases) {
    test(name, () => assert.equal(outcome(verified({ ...sgx, hardwareId }), { ...policy, hardwareIds }), expected));
  }
});

suite("C16: simulated hardware", () => {
  const root = { name: "Mock", vendor: "intel", sha256: h("77", 32), simulated: true } as const;
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["by no policy that does not name its root", [], "simulated-refused"],
    ["another root is named", [h("78", 32)], "simulated-refused"],
    ["its root is named", [root.sha256], "enclave"],
  ];
  for (const [name, simulatedRoots, expected] of cases) {
    test(name, () => assert.equal(outcome(verified(sgx, { root }), { ...policy, simulatedRoots }), expected));
  }
});

suite("C10, C12: reference values, field by field", () => {
  const bad = (bytes: number): string => h("bb", bytes);
  const cases: readonly (readonly [string, Claims, ReferenceValue, string])[] = [
    ["MRENCLAVE that begins with 00", sgx, sgxReference, "enclave"],
    ["MRENCLAVE without its leading 00", sgx, { ...sgxReference, mrEnclave: [sgx.mrEnclave.slice(2)] }, "no"],
    ["other MRENCLAVE", { ...sgx, mrEnclave: bad(32) }, sgxReference, "no"],
    ["one of several", sgx, { ...sgxReference, mrEnclave: [bad(32), sgx.mrEnclave] }, "enclave"],
    ["an empty list", sgx, { ...sgxReference, mrEnclave: [] }, "no"],
    ["right MRENCLAVE, wrong MRSIGNER", sgx, { ...sgxReference, mrSigner: [bad(32)] }, "no"],
    ["signer, product and version", sgx, signerReference, "signer"],
    ["newer version", { ...sgx, isvSvn: 8 }, signerReference, "signer"],
    ["older version", { ...sgx, isvSvn: 6 }, signerReference, "svn-too-low"],
    ["older version of another product", { ...sgx, isvSvn: 6, isvProdId: 4 }, signerReference, "no"],
    ["newer version of another product", { ...sgx, isvSvn: 9, isvProdId: 4 }, signerReference, "no"],
    ["a signer alone", sgx, { tee: "sgx", name: "any", mrSigner: [sgx.mrSigner] }, "no"],
    ["a signer without version", sgx, { tee: "sgx", name: "any", mrSigner: [sgx.mrSigner], isvProdId: 3 }, "no"],
    ["nothing at all", sgx, { tee: "sgx", name: "any" }, "no"],
    ["config id", sgx, { ...sgxReference, configId: [h("01", 64)] }, "no"],
    ["MRTD", { ...tdx, mrTd: bad(48) }, tdxReference, "no"],
    [
      "RTMRs, the last free",
      tdx,
      { ...tdxReference, rtmr: [[tdx.rtmr[0]], null, [bad(48), tdx.rtmr[2]], null] },
      "image",
    ],
    ["RTMR 1", tdx, { ...tdxReference, rtmr: [null, [bad(48)]] }, "no"],
    ["RTMR 4", tdx, { ...tdxReference, rtmr: [null, null, null, null, [bad(48)]] }, "no"],
    ["MRCONFIGID", tdx, { ...tdxReference, mrConfigId: [bad(48)] }, "no"],
    ["MRSEAM", tdx, { ...tdxReference, mrSeam: [bad(48)] }, "no"],
    ["attributes without SEPT_VE_DISABLE", { ...tdx, tdAttributes: h("00", 8) }, tdxReference, "no"],
    ["the same, named", { ...tdx, tdAttributes: h("00", 8) }, { ...tdxReference, tdAttributes: [h("00", 8)] }, "image"],
    ["PKS", { ...tdx, tdAttributes: "0000005000000000" }, tdxReference, "no"],
    ["KL", { ...tdx, tdAttributes: "0000009000000000" }, tdxReference, "no"],
    ["PERFMON", { ...tdx, tdAttributes: "0000001000000080" }, tdxReference, "no"],
    ["a reserved attribute", { ...tdx, tdAttributes: "0002001000000000" }, tdxReference, "no"],
    ["measurement", { ...snp, measurement: bad(48) }, snpReference, "no"],
    ["host data", snp, { ...snpReference, hostData: [bad(32)] }, "no"],
    ["id key", snp, { ...snpReference, idKeyDigest: [bad(48)] }, "no"],
    ["id key as it is", snp, { ...snpReference, idKeyDigest: [snp.idKeyDigest] }, "guest"],
    ["guest version", snp, { ...snpReference, minGuestSvn: 3 }, "svn-too-low"],
    ["VMPL", { ...snp, vmpl: 2 }, { ...snpReference, vmpl: [0] }, "no"],
    ["a migration agent", { ...snp, policy: "0000000000070000" }, snpReference, "no"],
    [
      "patch levels reached",
      snp,
      { ...snpReference, minTcb: { bootLoader: 4, tee: 0, snp: 22, microcode: 213 } },
      "guest",
    ],
    ["boot loader", snp, { ...snpReference, minTcb: { bootLoader: 5 } }, "svn-too-low"],
    ["TEE", snp, { ...snpReference, minTcb: { tee: 1 } }, "svn-too-low"],
    ["SNP firmware", snp, { ...snpReference, minTcb: { snp: 23 } }, "svn-too-low"],
    ["microcode", snp, { ...snpReference, minTcb: { microcode: 214 } }, "svn-too-low"],
  ];
  for (const [name, claims, reference, expected] of cases) {
    test(`${claims.tee}: ${name}`, () => {
      const found = outcome(verified(claims), { ...policy, references: [reference] });
      assert.equal(found, expected === "no" ? ("no-reference-matched" satisfies PolicyErrorCode) : expected);
    });
  }

  test("the refusal says which fields missed, and how", () => {
    const references = [{ ...signerReference, minIsvSvn: 9, isvProdId: 4 }];
    assert.throws(() => appraise(verified(sgx), { ...policy, references }, now), {
      code: "no-reference-matched",
      facts: {
        policy: "test",
        tee: "sgx",
        references: [
          {
            name: "signer",
            misses: [
              { field: "isvProdId", found: "3", expected: "4" },
              { field: "isvSvn", found: "7", expected: "at least 9" },
            ],
          },
        ],
      },
    });
  });
});
