// Simulated collateral, each with one thing wrong, and the code that says what.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type QuoteTrial, setting, trialIntel, trialTime, tryQuote } from "@sealserve/conformance/fixtures/quote-trial";
import { generateSigningKey, pemChain } from "@sealserve/mock-tee";
import type { DcapCollateral } from "../collateral.ts";
import type { CollateralErrorCode } from "../collateral-error.ts";
import { isCollateralError } from "./testing/is-error.ts";

const day = 24 * 60 * 60 * 1000;
const mock = trialIntel();
const other = trialIntel();
const otherKey = generateSigningKey("p256");
const expired = { notAfter: new Date(trialTime.getTime() - 1000) };
const future = { notBefore: new Date(trialTime.getTime() + 1000) };

const refused: readonly (readonly [string, CollateralErrorCode, QuoteTrial])[] = [
  [
    "A14 an intermediate that is no CA",
    "not-a-ca",
    { intel: { certificates: { intermediate: { ca: false, pathLength: null } } } },
  ],
  [
    "A14 an intermediate without basic constraints",
    "not-a-ca",
    { intel: { certificates: { intermediate: { ca: null, pathLength: null } } } },
  ],
  [
    "A14 an intermediate that may not sign certificates",
    "key-usage",
    { intel: { certificates: { intermediate: { keyUsage: ["cRLSign"] } } } },
  ],
  [
    "A14 an intermediate that may not sign lists",
    "crl-issuer",
    { intel: { certificates: { intermediate: { keyUsage: ["keyCertSign"] } } } },
  ],
  ["A14 a CA as TCB signer", "ca-as-leaf", { intel: { certificates: { tcbSigner: { ca: true } } } }],
  [
    "A14 the PCK leaf as TCB signer",
    "certificate-name",
    { delivered: (c, { chain }) => ({ ...c, tcbInfoIssuerChain: pemChain([chain.leaf, chain.root]) }) },
  ],
  [
    "a TCB signer that may not sign",
    "key-usage",
    { intel: { certificates: { tcbSigner: { keyUsage: ["keyCertSign"] } } } },
  ],
  ["an expired intermediate", "expired", { intel: { certificates: { intermediate: expired } } }],
  ["an expired TCB signer", "expired", { intel: { certificates: { tcbSigner: expired } } }],
  ["a TCB signer of the future", "not-yet-valid", { intel: { certificates: { tcbSigner: future } } }],
  ["an expired root", "expired", { intel: { certificates: { root: expired } } }],
  [
    "B1 a second before its issue",
    "not-yet-valid",
    { collateral: { issueDate: trialTime }, at: new Date(trialTime.getTime() - 1000) },
  ],
  [
    "B1 a second after its end",
    "expired",
    { collateral: { nextUpdate: trialTime }, at: new Date(trialTime.getTime() + 1000) },
  ],
  [
    "an expired root CA CRL",
    "expired",
    { collateral: { rootCrl: { nextUpdate: new Date(trialTime.getTime() - day) } } },
  ],
  [
    "a PCK CRL of the future",
    "not-yet-valid",
    { collateral: { pckCrl: { thisUpdate: new Date(trialTime.getTime() + day) } } },
  ],
  ["B3 a lower evaluation number", "rollback", { minEvaluationDataNumber: 18 }],
  [
    "B3 a lower evaluation number of the QE identity alone",
    "rollback",
    { minEvaluationDataNumber: 17, collateral: { editQeIdentity: setting("tcbEvaluationDataNumber", 16) } },
  ],
  [
    "B4 TCB info with a space more",
    "collateral-signature",
    { delivered: (c) => ({ ...c, tcbInfo: c.tcbInfo.replace(":", ": ") }) },
  ],
  [
    "B4 TCB info with an escaped letter",
    "collateral-signature",
    { delivered: (c) => ({ ...c, tcbInfo: c.tcbInfo.replace("issueDate", "\\u0069ssueDate") }) },
  ],
  [
    "B6 the QE identity's signature on TCB info",
    "collateral-signature",
    { delivered: (c) => ({ ...c, tcbInfoSignature: c.qeIdentitySignature }) },
  ],
  [
    "a signature that is not hex",
    "collateral-signature",
    { delivered: (c) => ({ ...c, tcbInfoSignature: "zz".repeat(64) }) },
  ],
  ["a signature by another key", "collateral-signature", { collateral: { signer: otherKey } }],
  [
    "B6 TCB info for SGX",
    "platform-mismatch",
    { delivered: (c, intel) => only(c, intel.collateral("sgx"), "tcbInfo") },
  ],
  [
    "B6 QE identity for SGX",
    "platform-mismatch",
    { delivered: (c, intel) => only(c, intel.collateral("sgx"), "qeIdentity") },
  ],
  ["B7 another FMSPC", "platform-mismatch", { collateral: { editTcbInfo: setting("fmspc", "00906ED60000") } }],
  ["B7 another PCE id", "platform-mismatch", { collateral: { editTcbInfo: setting("pceId", "0001") } }],
  ["B10 a revoked TCB signer", "certificate-revoked", { collateral: { revoked: ["tcbSigner"] } }],
  ["B10 a revoked intermediate", "certificate-revoked", { collateral: { revoked: ["intermediate"] } }],
  ["a root CA CRL by the PCK CA", "crl-issuer", { delivered: (c) => ({ ...c, rootCaCrl: c.pckCrl }) }],
  ["a PCK CRL by the root", "crl-issuer", { delivered: (c) => ({ ...c, pckCrl: c.rootCaCrl }) }],
  [
    "a PCK CRL signed by another key",
    "collateral-signature",
    { collateral: { pckCrl: { issuerKey: { ...otherKey, keyId: mock.keys.intermediate.keyId } } } },
  ],
  ["a PCK CRL without a number", "malformed", { collateral: { pckCrl: { number: null } } }],
  ["a PCK CRL without its issuer's key id", "malformed", { collateral: { pckCrl: { keyId: false } } }],
  ["an empty CRL", "malformed", { delivered: (c) => ({ ...c, pckCrl: new Uint8Array() }) }],
  ["B12 a CRL beyond the limit", "too-large", { delivered: (c) => ({ ...c, pckCrl: new Uint8Array(5_000_000) }) }],
  [
    "all collateral of another root, also trusted",
    "root-mismatch",
    { delivered: () => other.collateral("tdx"), anchors: [mock.anchor, other.anchor] },
  ],
  ["all collateral of another root, not trusted", "root-untrusted", { delivered: () => other.collateral("tdx") }],
  [
    "TCB info below another root",
    "root-mismatch",
    { delivered: (c) => only(c, other.collateral("tdx"), "tcbInfo"), anchors: [mock.anchor, other.anchor] },
  ],
  [
    "a PCK chain that is no PEM",
    "chain-malformed",
    { quote: { certificationType: 1 }, delivered: (c) => ({ ...c, pckCertificateChain: "<html>" }) },
  ],
  ["a chain that is no PEM", "chain-malformed", { delivered: (c) => ({ ...c, tcbInfoIssuerChain: "<html>" }) }],
  [
    "a chain without its root",
    "chain-malformed",
    { delivered: (c, { chain }) => ({ ...c, pckCrlIssuerChain: chain.intermediate.pem }) },
  ],
  [
    "a chain in the wrong order",
    "certificate-name",
    { delivered: (c, { chain }) => ({ ...c, tcbInfoIssuerChain: pemChain([chain.root, chain.tcbSigner]) }) },
  ],
  ["C8 an unknown status", "status-unknown", { collateral: { platform: { status: "Fine" } } }],
  [
    "C8 an unknown status of a level that is not reached",
    "status-unknown",
    { collateral: { editTcbInfo: appendLevel } },
  ],
  [
    "C8 a status that only verifiers give",
    "status-unknown",
    { collateral: { platform: { status: "TDRelaunchAdvised" } } },
  ],
  [
    "C8 a platform's status for the quoting enclave",
    "status-unknown",
    { collateral: { qe: { status: "SWHardeningNeeded" } } },
  ],
];

/** `collateral` with one document and its chain of `another`. */
function only(collateral: DcapCollateral, another: DcapCollateral, what: "tcbInfo" | "qeIdentity"): DcapCollateral {
  const { tcbInfo, tcbInfoSignature, tcbInfoIssuerChain, qeIdentity, qeIdentitySignature, qeIdentityIssuerChain } =
    another;
  return what === "tcbInfo"
    ? { ...collateral, tcbInfo, tcbInfoSignature, tcbInfoIssuerChain }
    : { ...collateral, qeIdentity, qeIdentitySignature, qeIdentityIssuerChain };
}

function appendLevel(document: Record<string, unknown>): void {
  const levels = document["tcbLevels"] as object[];
  levels.push({ ...levels[0], tcbStatus: "fine" });
}

for (const [name, code, trial] of refused) {
  test(`refuses ${name}: ${code}`, () => assert.rejects(tryQuote(trial, mock), isCollateralError(code)));
}
