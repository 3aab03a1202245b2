// DCAP collateral as one JSON object, in the form that dcap-qvl reads and writes.

import type { DcapCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { fromHex, toHex } from "../hex.ts";

const what = "collateral in JSON";

/** Throws {@link CollateralError} `malformed`. */
export function readCollateralJson(text: string): DcapCollateral {
  const fields = parseObject(text);
  const string = (name: string): string => {
    const value = fields.get(name);
    if (typeof value !== "string" || value === "") throw malformed(`'${name}' must be a string that is not empty`);
    return value;
  };
  const hex = (name: string): Uint8Array => {
    const value = string(name);
    const bytes = fromHex(value, value.length / 2);
    if (bytes === null) throw malformed(`'${name}' must be hex`);
    return bytes;
  };
  const chain = fields.get("pck_certificate_chain") ?? null;
  return {
    kind: "dcap",
    tcbInfo: string("tcb_info"),
    tcbInfoSignature: string("tcb_info_signature"),
    tcbInfoIssuerChain: string("tcb_info_issuer_chain"),
    qeIdentity: string("qe_identity"),
    qeIdentitySignature: string("qe_identity_signature"),
    qeIdentityIssuerChain: string("qe_identity_issuer_chain"),
    rootCaCrl: hex("root_ca_crl"),
    pckCrl: hex("pck_crl"),
    pckCrlIssuerChain: string("pck_crl_issuer_chain"),
    ...(chain === null ? {} : { pckCertificateChain: string("pck_certificate_chain") }),
  };
}

/** What {@link readCollateralJson} reads. */
export function writeCollateralJson(collateral: DcapCollateral): string {
  return JSON.stringify({
    pck_crl_issuer_chain: collateral.pckCrlIssuerChain,
    root_ca_crl: toHex(collateral.rootCaCrl),
    pck_crl: toHex(collateral.pckCrl),
    tcb_info_issuer_chain: collateral.tcbInfoIssuerChain,
    tcb_info: collateral.tcbInfo,
    tcb_info_signature: collateral.tcbInfoSignature,
    qe_identity_issuer_chain: collateral.qeIdentityIssuerChain,
    qe_identity: collateral.qeIdentity,
    qe_identity_signature: collateral.qeIdentitySignature,
    ...(collateral.pckCertificateChain === undefined ? {} : { pck_certificate_chain: collateral.pckCertificateChain }),
  });
}

function parseObject(text: string): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed("not JSON", error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("not a JSON object");
  return new Map(Object.entries(value));
}

function malformed(problem: string, cause?: unknown): CollateralError {
  return new CollateralError("malformed", { what, problem }, cause);
}
