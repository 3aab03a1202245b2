// The routes of Intel's provisioning service (PCS, version 4) and of its cache (PCCS, versions 3 and 4).
import type { DcapCollateral } from "@sealserve/attestation";
import { toHex } from "../hex.ts";
import type { MockIntel } from "../intel/create-mock-intel.ts";
import { toPem } from "../x509/certificate.ts";
import { type Answer, answer, notFound } from "./answer.ts";

/** Where the certificates say that the root's revocation list is; on Intel's side another host has it. */
export const rootCrlPath = "/IntelSGXRootCA.der";

const route = /^\/(sgx|tdx)\/certification\/v([34])\/(tcb|qe\/identity|pckcrl|rootcacrl)$/;

/** null: not a path of this service. */
export function answerIntel(url: URL, authorities: readonly MockIntel[]): Answer | null {
  const [first] = authorities;
  if (first && url.pathname === rootCrlPath) return answer("application/pkix-crl", first.collateral("sgx").rootCaCrl);
  const [, tee, version, name] = route.exec(url.pathname) ?? [];
  if (!first || (tee !== "sgx" && tee !== "tdx")) return null;
  if (tee === "tdx" && (version === "3" || name === "pckcrl" || name === "rootcacrl")) return notFound;
  switch (name) {
    case "tcb": {
      const fmspc = url.searchParams.get("fmspc")?.toLowerCase();
      const known = authorities.find(({ platform }) => platform.fmspc === fmspc);
      return known ? tcbInfo(known.collateral(tee), version === "3" ? "SGX-TCB-Info" : "TCB-Info") : notFound;
    }
    case "qe/identity":
      return qeIdentity(first.collateral(tee));
    case "pckcrl": {
      const known = authorities.find(({ platform }) => platform.ca === url.searchParams.get("ca"));
      return known ? pckCrl(known.collateral(tee), url.searchParams.get("encoding") ?? "pem") : notFound;
    }
    case "rootcacrl":
      return answer("text/plain", toHex(first.collateral(tee).rootCaCrl));
    default:
      return null;
  }
}

function tcbInfo(collateral: DcapCollateral, header: string): Answer {
  const body = `{"tcbInfo":${collateral.tcbInfo},"signature":"${collateral.tcbInfoSignature}"}`;
  return answer("application/json", body, chain(header, collateral.tcbInfoIssuerChain));
}

function qeIdentity(collateral: DcapCollateral): Answer {
  const body = `{"enclaveIdentity":${collateral.qeIdentity},"signature":"${collateral.qeIdentitySignature}"}`;
  return answer("application/json", body, chain("SGX-Enclave-Identity", collateral.qeIdentityIssuerChain));
}

function pckCrl(collateral: DcapCollateral, encoding: string): Answer {
  const der = encoding === "der";
  const headers = chain("SGX-PCK-CRL", collateral.pckCrlIssuerChain);
  return der
    ? answer("application/pkix-crl", collateral.pckCrl, headers)
    : answer("application/x-pem-file", toPem(collateral.pckCrl, "X509 CRL"), headers);
}

function chain(header: string, pem: string): Readonly<Record<string, string>> {
  return { [`${header}-Issuer-Chain`]: encodeURIComponent(pem) };
}
