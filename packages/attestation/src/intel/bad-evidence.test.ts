// Simulated quotes, each with one thing wrong, and the code that says what.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type QuoteTrial, trialIntel, trialTime, tryQuote } from "@sealserve/conformance/fixtures/quote-trial";
import { generateSigningKey } from "@sealserve/mock-tee";
import type { EvidenceErrorCode } from "../evidence-error.ts";
import { intelRoot } from "./intel-root.ts";
import { isEvidenceError } from "./testing/is-error.ts";

const mock = trialIntel();
const other = trialIntel();
const otherKey = generateSigningKey("p256");
const expired = { notAfter: new Date(trialTime.getTime() - 1000) };
const future = { notBefore: new Date(trialTime.getTime() + 1000) };
/** The point (0x0101…, 0x0101…) is on no curve here. */
const noPoint = { ...otherKey, publicKey: Uint8Array.from(otherKey.publicKey).fill(1, 27) };

/** The quoting enclave's report with another byte, signed. */
function byte(at: number, value: number) {
  return {
    editQeReport: (report: Uint8Array) => {
      report[at] = value;
    },
  };
}

const refused: readonly (readonly [string, EvidenceErrorCode, QuoteTrial])[] = [
  ["A7 an attestation key off the curve", "key-invalid", { quote: { attestationKey: noPoint } }],
  ["A8 the key's digest wrong in its first byte", "qe-report-data", { quote: byte(320, 0) }],
  ["A8 the key's digest wrong in its last byte", "qe-report-data", { quote: byte(351, 0) }],
  ["A8 a byte behind the digest", "qe-report-data", { quote: byte(352, 1) }],
  ["A8 the last byte behind the digest", "qe-report-data", { quote: byte(383, 1) }],
  ["A11 another platform's chain", "qe-report-signature", { quote: { pckKey: other.keys.leaf } }],
  ["A12 a root that is no anchor", "root-untrusted", { anchors: [intelRoot] }],
  ["A12 no anchors at all", "root-untrusted", { anchors: [] }],
  ["A12 a root of AMD's of the same digest", "root-untrusted", { anchors: [{ ...mock.anchor, vendor: "amd" }] }],
  ["A13 a root of the same name with another key", "root-untrusted", { anchors: [other.anchor] }],
  ["A14 a leaf that is a CA", "ca-as-leaf", { intel: { certificates: { leaf: { ca: true } } } }],
  [
    "A14 a leaf that may not sign",
    "key-usage",
    { intel: { certificates: { leaf: { keyUsage: ["nonRepudiation"] } } } },
  ],
  ["A14 a leaf of another name", "certificate-name", { intel: { certificates: { leaf: { subject: [["CN", "x"]] } } } }],
  ["A14 one CA more than the root allows", "path-length", { intel: { certificates: { root: { pathLength: 0 } } } }],
  ["A15 a leaf that has expired", "expired", { intel: { certificates: { leaf: expired } } }],
  ["A15 a leaf of the future", "not-yet-valid", { intel: { certificates: { leaf: future } } }],
  [
    "a leaf by another key",
    "certificate-signature",
    {
      intel: {
        keys: mock.keys,
        certificates: { leaf: { issuerKey: { ...otherKey, keyId: mock.keys.intermediate.keyId } } },
      },
    },
  ],
  ["a leaf by a key of another id", "certificate-name", { intel: { certificates: { leaf: { issuerKey: otherKey } } } }],
  [
    "a leaf without Intel's extension",
    "certificate-malformed",
    { intel: { certificates: { leaf: { extensions: [] } } } },
  ],
  ["B10 a revoked PCK certificate", "certificate-revoked", { collateral: { revoked: ["leaf"] } }],
  ["a quoting enclave of another signer", "qe-identity-mismatch", { quote: { qe: { mrSigner: "ab".repeat(32) } } }],
  ["a quoting enclave of another product", "qe-identity-mismatch", { quote: { qe: { isvProdId: 9 } } }],
  [
    "a quoting enclave in debug",
    "qe-identity-mismatch",
    { quote: { qe: { attributes: "1700000000000000e700000000000000" } } },
  ],
  ["a quoting enclave with other MISCSELECT", "qe-identity-mismatch", { quote: { qe: { miscSelect: 1 } } }],
  ["C5 a quoting enclave below all levels", "tcb-not-supported", { quote: { qeSvn: 1 } }],
];

for (const [name, code, trial] of refused) {
  test(`refuses ${name}: ${code}`, () => assert.rejects(tryQuote(trial, mock), isEvidenceError(code)));
}
