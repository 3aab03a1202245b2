// Collateral from a service that speaks the protocol of Intel's provisioning service, wherever its parts lie.

import type { CollateralRequest, CollateralSource, DcapCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { readChainHeader, readCrlBody, readSignedDocument } from "./intel-answer.ts";
import { type Fetch, type FetchAnswer, type FetchLimits, fetchLimited } from "./limited-fetch.ts";

export type DcapRequest = Extract<CollateralRequest, { readonly kind: "dcap" }>;

/** Where the four answers for one platform lie. */
export interface IntelUrls {
  readonly tcbInfo: string;
  readonly qeIdentity: string;
  readonly pckCrl: string;
  readonly rootCaCrl: string;
}

export interface IntelSourceOptions {
  /** For errors. */
  readonly name: string;
  /** null: this service has nothing for such a platform. */
  readonly urls: (request: DcapRequest) => IntelUrls | null;
  readonly limits: FetchLimits;
}

const headers = {
  tcbInfo: ["tcb-info-issuer-chain", "sgx-tcb-info-issuer-chain"],
  qeIdentity: ["sgx-enclave-identity-issuer-chain"],
  pckCrl: ["sgx-pck-crl-issuer-chain"],
} as const;

export function intelSource(
  { name, urls, limits }: IntelSourceOptions,
  parts: { readonly fetch: Fetch },
): CollateralSource {
  return {
    async fetch(request, signal) {
      const found = request.kind === "dcap" ? urls(request) : null;
      if (request.kind !== "dcap" || found === null) {
        const what = request.kind === "dcap" ? `collateral for ${request.tee.toUpperCase()}` : "SEV-SNP";
        throw new CollateralError("not-found", { source: name, what });
      }
      // The first failure ends the other requests too.
      const others = new AbortController();
      const get = (part: keyof IntelUrls): Promise<FetchAnswer> =>
        fetchLimited(
          { url: found[part], source: name, what: describe(part, request) },
          limits,
          parts,
          AbortSignal.any([signal, others.signal]),
        );
      try {
        const answers = await Promise.all([get("tcbInfo"), get("qeIdentity"), get("pckCrl"), get("rootCaCrl")]);
        return assemble(answers, request);
      } finally {
        others.abort();
      }
    },
  };
}

type Answers = readonly [tcbInfo: FetchAnswer, qeIdentity: FetchAnswer, pckCrl: FetchAnswer, rootCaCrl: FetchAnswer];

function assemble([tcbInfo, qeIdentity, pckCrl, rootCaCrl]: Answers, request: DcapRequest): DcapCollateral {
  const what = (part: keyof IntelUrls) => describe(part, request);
  const info = readSignedDocument(tcbInfo.body, "tcbInfo", what("tcbInfo"));
  const identity = readSignedDocument(qeIdentity.body, "enclaveIdentity", what("qeIdentity"));
  return {
    kind: "dcap",
    tcbInfo: info.text,
    tcbInfoSignature: info.signature,
    tcbInfoIssuerChain: readChainHeader(tcbInfo.headers, headers.tcbInfo, what("tcbInfo")),
    qeIdentity: identity.text,
    qeIdentitySignature: identity.signature,
    qeIdentityIssuerChain: readChainHeader(qeIdentity.headers, headers.qeIdentity, what("qeIdentity")),
    rootCaCrl: readCrlBody(rootCaCrl.body, what("rootCaCrl")),
    pckCrl: readCrlBody(pckCrl.body, what("pckCrl")),
    pckCrlIssuerChain: readChainHeader(pckCrl.headers, headers.pckCrl, what("pckCrl")),
  };
}

function describe(part: keyof IntelUrls, { tee, fmspc, ca }: DcapRequest): string {
  switch (part) {
    case "tcbInfo":
      return `${tee.toUpperCase()} TCB info of platform ${fmspc}`;
    case "qeIdentity":
      return `identity of the ${tee.toUpperCase()} quoting enclave`;
    case "pckCrl":
      return `revocation list of the ${ca} CA`;
    case "rootCaCrl":
      return "revocation list of the root CA";
  }
}
