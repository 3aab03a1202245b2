// Cases of Intel's collateral: dates, signatures, revocation, evaluation numbers (security cases, section B).
import { CollateralError } from "@sealserve/attestation";
import type { JsonDocument } from "@sealserve/mock-tee";
import { worldTime } from "../../fixtures/verifier-world.ts";
import type { VerifierCase } from "./verifier-case.ts";

const second = 1000;
const day = 24 * 60 * 60 * second;
const year = 365 * day;
const after = (ms: number): Date => new Date(worldTime.getTime() + ms);

const unreachable = {
  fetch: () => Promise.reject(new CollateralError("unavailable", { source: "test", reason: "down" })),
};

/** Under a policy that wants collateral of the last week. */
const week = 7 * day;
const recent = { policy: { maxCollateralAgeDays: 7 } };

function olderThanAWeek(document: JsonDocument): void {
  document["issueDate"] = after(-week - second)
    .toISOString()
    .replace(".000Z", "Z");
}

export const collateralCases: readonly VerifierCase[] = [
  ["B1 a second too early", "not-yet-valid", (w) => w.tdx({ collateral: { issueDate: after(second) } })],
  ["B1 at the first moment", "UpToDate", (w) => w.tdx({ collateral: { issueDate: worldTime } })],
  ["B1 at the last moment", "UpToDate", (w) => w.tdx({ collateral: { nextUpdate: worldTime } })],
  ["B1 a second too late", "expired", (w) => w.tdx({ collateral: { nextUpdate: after(-second) } })],
  [
    "B1 an expired list of the root",
    "expired",
    (w) => w.tdx({ collateral: { rootCrl: { nextUpdate: after(-second) } } }),
  ],
  [
    "B1 an expired list of the PCK CA",
    "expired",
    (w) => w.tdx({ collateral: { pckCrl: { nextUpdate: after(-second) } } }),
  ],
  [
    "B2 exactly as old as the policy allows",
    "UpToDate",
    (w) => w.tdx({ ...recent, collateral: { issueDate: after(-week) } }),
  ],
  [
    "B2 a second older",
    "collateral-stale",
    (w) => w.tdx({ ...recent, collateral: { issueDate: after(-week - second) } }),
  ],
  [
    "B2 as old for SGX",
    "collateral-stale",
    (w) => w.sgx({ ...recent, collateral: { issueDate: after(-week - second) } }),
  ],
  ["B2 as old, no limit in the policy", "UpToDate", (w) => w.tdx({ collateral: { issueDate: after(-week - second) } })],
  [
    "B2 an older TCB info alone",
    "collateral-stale",
    (w) => w.tdx({ ...recent, collateral: { editTcbInfo: olderThanAWeek } }),
  ],
  [
    "B2 an older QE identity alone",
    "collateral-stale",
    (w) => w.tdx({ ...recent, collateral: { editQeIdentity: olderThanAWeek } }),
  ],
  [
    "B2 an older list of the PCK CA alone",
    "collateral-stale",
    (w) => w.tdx({ ...recent, collateral: { pckCrl: { thisUpdate: after(-week - second) } } }),
  ],
  [
    "B2 the root's list, which is written once a year",
    "UpToDate",
    (w) => w.tdx({ ...recent, collateral: { rootCrl: { thisUpdate: after(-300 * day) } } }),
  ],
  [
    "B4 TCB info with another space",
    "collateral-signature",
    (w) => w.tdx({ delivered: (c) => ({ ...c, tcbInfo: c.tcbInfo.replace('"id":', '"id": ') }) }),
  ],
  [
    "B4 QE identity written anew",
    "collateral-signature",
    (w) => w.tdx({ delivered: (c) => ({ ...c, qeIdentity: JSON.stringify(JSON.parse(c.qeIdentity), null, 1) }) }),
  ],
  [
    "B4 a key that is there twice, and signed",
    "malformed",
    (w) => w.tdx({ collateral: { tcbInfoText: (text) => text.replace("{", '{"id":"TDX",') } }),
  ],
  [
    "B6 the signature of the other document",
    "collateral-signature",
    (w) => w.tdx({ delivered: (c) => ({ ...c, tcbInfoSignature: c.qeIdentitySignature }) }),
  ],
  [
    "B6 TCB info for SGX with a TDX quote",
    "platform-mismatch",
    (w) => {
      const { tcbInfo, tcbInfoSignature } = w.intel.collateral("sgx");
      return w.tdx({ delivered: (c) => ({ ...c, tcbInfo, tcbInfoSignature }) });
    },
  ],
  [
    "B6 the TD quoting enclave's identity with an SGX quote",
    "platform-mismatch",
    (w) => {
      const { qeIdentity, qeIdentitySignature } = w.intel.collateral("tdx");
      return w.sgx({ delivered: (c) => ({ ...c, qeIdentity, qeIdentitySignature }) });
    },
  ],
  [
    "B7 for another platform",
    "platform-mismatch",
    (w) =>
      w.tdx({
        collateral: {
          editTcbInfo: (d) => {
            d["fmspc"] = "00606A000000";
          },
        },
      }),
  ],
  [
    "B7 for another PCE",
    "platform-mismatch",
    (w) =>
      w.tdx({
        collateral: {
          editTcbInfo: (d) => {
            d["pceId"] = "0001";
          },
        },
      }),
  ],
  [
    "B7 the platform in lower case",
    "UpToDate",
    (w) =>
      w.tdx({
        collateral: {
          editTcbInfo: (d) => {
            d["fmspc"] = w.intel.platform.fmspc;
          },
        },
      }),
  ],
  ["B10 the PCK certificate is revoked", "certificate-revoked", (w) => w.tdx({ collateral: { revoked: ["leaf"] } })],
  ["B10 its CA is revoked", "certificate-revoked", (w) => w.tdx({ collateral: { revoked: ["intermediate"] } })],
  ["B10 the TCB signer is revoked", "certificate-revoked", (w) => w.tdx({ collateral: { revoked: ["tcbSigner"] } })],
  [
    "a list by another root of the same name",
    "crl-issuer",
    (w) => w.tdx({ delivered: (c) => ({ ...c, rootCaCrl: w.otherIntel.collateral("tdx").rootCaCrl }) }),
  ],
  [
    "a list by another CA of the same name",
    "crl-issuer",
    (w) => w.tdx({ delivered: (c) => ({ ...c, pckCrl: w.otherIntel.collateral("tdx").pckCrl }) }),
  ],
  [
    "collateral of another authority",
    "root-untrusted",
    (w) => w.tdx({ delivered: () => w.otherIntel.collateral("tdx") }),
  ],
  [
    "collateral of another authority that is trusted too",
    "root-mismatch",
    (w) => w.tdx({ delivered: () => w.otherIntel.collateral("tdx"), anchors: [w.intel.anchor, w.otherIntel.anchor] }),
  ],
  [
    "documents by a key that Intel's root did not certify",
    "collateral-signature",
    (w) => w.tdx({ collateral: { signer: w.otherIntel.keys.tcbSigner } }),
  ],
  ["a TCB signer that is a CA", "ca-as-leaf", (w) => w.tdx({ intel: { certificates: { tcbSigner: { ca: true } } } })],
  ["AMD's collateral for Intel's evidence", "platform-mismatch", (w) => w.tdx({ delivered: () => w.amd.collateral() })],
  ["B15 no collateral to be had", "unavailable", (w) => w.tdx({ source: unreachable })],
  ["B17 a clock a day slow", "not-yet-valid", (w) => w.tdx({ collateral: { issueDate: worldTime }, at: after(-day) })],
  ["B17 a clock a year fast", "expired", (w) => w.tdx({ at: after(year) })],
  ["B17 a clock that shows no time", "expired", (w) => w.tdx({ at: new Date(Number.NaN) })],
];
