// Intel's collateral under a throw-away root: signed documents and revocation lists, right or deliberately wrong.
import { createHash } from "node:crypto";
import type { DcapCollateral } from "@sealserve/attestation";
import { utf8 } from "@sealserve/primitives";
import { toHex } from "../hex.ts";
import { pemChain } from "../x509/certificate.ts";
import { issueRevocationList, type RevocationListFields } from "../x509/revocation-list.ts";
import { type SigningKey, signRaw } from "../x509/signing-key.ts";
import { type JsonDocument, qeIdentityDocument, type TcbStanding, tcbInfoDocument } from "./documents.ts";
import type { IntelChain, IntelKeys } from "./intel-chain.ts";
import type { IntelPlatform } from "./platform.ts";

/** What differs from the collateral of an up-to-date platform, issued a day ago and valid for 29 more. */
export interface MockCollateralOptions {
  readonly issueDate?: Date;
  readonly nextUpdate?: Date;
  readonly evaluationDataNumber?: number;
  /** Standing of the platform, of the TDX module and of the quoting enclave. */
  readonly platform?: Partial<TcbStanding>;
  readonly module?: Partial<TcbStanding>;
  readonly qe?: Partial<TcbStanding>;
  /** Change a document before it is signed. */
  readonly editTcbInfo?: (document: JsonDocument) => void;
  readonly editQeIdentity?: (document: JsonDocument) => void;
  /** Change its text before it is signed. */
  readonly tcbInfoText?: (text: string) => string;
  readonly qeIdentityText?: (text: string) => string;
  /** Signs the documents in place of the TCB signer. */
  readonly signer?: SigningKey;
  readonly revoked?: readonly ("leaf" | "intermediate" | "tcbSigner")[];
  readonly rootCrl?: Partial<RevocationListFields>;
  readonly pckCrl?: Partial<RevocationListFields>;
}

export interface CollateralFacts {
  readonly platform: IntelPlatform;
  readonly chain: IntelChain;
  readonly keys: IntelKeys;
  readonly now: Date;
}

const day = 24 * 60 * 60 * 1000;
const upToDate: TcbStanding = { status: "UpToDate", advisories: [], date: new Date("2024-03-13T00:00:00Z") };

export function buildCollateral(
  tee: "sgx" | "tdx",
  { platform, chain, keys, now }: CollateralFacts,
  options: MockCollateralOptions,
): DcapCollateral {
  const issueDate = options.issueDate ?? new Date(now.getTime() - day);
  const nextUpdate = options.nextUpdate ?? new Date(now.getTime() + 29 * day);
  const facts = {
    tee,
    platform,
    issueDate,
    nextUpdate,
    evaluationDataNumber: options.evaluationDataNumber ?? 17,
    platformStanding: { ...upToDate, ...options.platform },
    moduleStanding: { ...upToDate, ...options.module },
    qeStanding: { ...upToDate, ...options.qe },
  };
  const tcbInfo = textOf(tcbInfoDocument(facts), options.editTcbInfo, options.tcbInfoText);
  const qeIdentity = textOf(qeIdentityDocument(facts), options.editQeIdentity, options.qeIdentityText);
  const signer = options.signer ?? keys.tcbSigner;
  const signerChain = pemChain([chain.tcbSigner, chain.root]);
  const revoked = (roles: readonly ("leaf" | "intermediate" | "tcbSigner")[]): readonly bigint[] =>
    roles.filter((role) => options.revoked?.includes(role)).map((role) => chain[role].serial);
  const dates = { thisUpdate: issueDate, nextUpdate, number: 1, keyId: true };
  return {
    kind: "dcap",
    tcbInfo,
    tcbInfoSignature: signText(tcbInfo, signer),
    tcbInfoIssuerChain: signerChain,
    qeIdentity,
    qeIdentitySignature: signText(qeIdentity, signer),
    qeIdentityIssuerChain: signerChain,
    rootCaCrl: issueRevocationList({
      issuer: chain.root.subject,
      issuerKey: keys.root,
      revoked: revoked(["intermediate", "tcbSigner"]),
      ...dates,
      ...options.rootCrl,
    }),
    pckCrl: issueRevocationList({
      issuer: chain.intermediate.subject,
      issuerKey: keys.intermediate,
      revoked: [...bystanders, ...revoked(["leaf"])],
      ...dates,
      ...options.pckCrl,
    }),
    pckCrlIssuerChain: pemChain([chain.intermediate, chain.root]),
  };
}

/** 128 hex digits: r and s of ECDSA over the exact text, as Intel's service writes them. */
function signText(text: string, key: SigningKey): string {
  return toHex(signRaw(key, utf8(text)));
}

function textOf(
  document: JsonDocument,
  edit: ((document: JsonDocument) => void) | undefined,
  rewrite: ((text: string) => string) | undefined,
): string {
  edit?.(document);
  const text = JSON.stringify(document);
  return rewrite ? rewrite(text) : text;
}

/** Real lists are never empty: serial numbers that nobody here has. */
const bystanders: readonly bigint[] = Array.from({ length: 40 }, (_, index) =>
  BigInt(`0x${createHash("sha1").update(`revoked ${index}`).digest("hex")}`),
);
