// Puts Intel's collateral for one platform together from pieces; of several that fit, the newest.
import { equalBytes } from "@sealserve/primitives";
import type { DcapCollateral } from "../collateral.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { CollateralPiece } from "./collateral-file.ts";
import { windowOf } from "./collateral-window.ts";
import type { SignedDocument } from "./intel-answer.ts";
import type { DcapRequest } from "./intel-source.ts";
import { writePem } from "./write-pem.ts";

/** What is not there, in words. */
export interface Missing {
  readonly missing: string;
}

export function findDcapCollateral(pieces: readonly CollateralPiece[], request: DcapRequest): DcapCollateral | Missing {
  const whole = pieces
    .flatMap((piece) => (piece.kind === "collateral" ? [piece.collateral] : []))
    .filter(({ tcbInfo }) => isTcbInfoFor(request, tcbInfo));
  const joined = joinPieces(pieces, request);
  if ("missing" in joined && whole.length === 0) return joined;
  const candidates = "missing" in joined ? whole : [...whole, joined];
  return candidates.reduce((best, next) => (isNewer(next, best) ? next : best));
}

function isNewer(a: DcapCollateral, b: DcapCollateral): boolean {
  const [ours, theirs] = [windowOf(a), windowOf(b)];
  const step = (ours.evaluationDataNumber ?? 0) - (theirs.evaluationDataNumber ?? 0);
  return step > 0 || (step === 0 && ours.until > theirs.until);
}

function joinPieces(pieces: readonly CollateralPiece[], request: DcapRequest): DcapCollateral | Missing {
  const { tee, fmspc, ca } = request;
  const certificates = pieces.flatMap((piece) => (piece.kind === "certificate" ? [piece.certificate] : []));
  const tcbInfo = newestDocument(pieces, "tcb-info", (text) => isTcbInfoFor(request, text));
  if (!tcbInfo) return { missing: `TCB info for ${tee.toUpperCase()} on platform ${fmspc}` };
  const qeIdentity = newestDocument(pieces, "qe-identity", (text) => isQeIdentityFor(tee, text));
  if (!qeIdentity) return { missing: `identity of the ${tee.toUpperCase()} quoting enclave` };
  const signerChain = chainOf("SGX TCB Signing", certificates);
  if (signerChain === null) return { missing: "certificates 'SGX TCB Signing' and the root that issued it" };
  const caName = `PCK ${ca === "platform" ? "Platform" : "Processor"} CA`;
  const caChain = chainOf(caName, certificates);
  if (caChain === null) return { missing: `certificates '${caName}' and the root that issued it` };
  const pckCrl = newestCrl(pieces, caName);
  if (pckCrl === null) return { missing: `revocation list of the ${caName}` };
  const rootCaCrl = newestCrl(pieces, "SGX Root CA");
  if (rootCaCrl === null) return { missing: "revocation list of the root CA" };
  return {
    kind: "dcap",
    tcbInfo: tcbInfo.text,
    tcbInfoSignature: tcbInfo.signature,
    tcbInfoIssuerChain: signerChain,
    qeIdentity: qeIdentity.text,
    qeIdentitySignature: qeIdentity.signature,
    qeIdentityIssuerChain: signerChain,
    rootCaCrl,
    pckCrl,
    pckCrlIssuerChain: caChain,
  };
}

type Fields = ReadonlyMap<string, unknown>;

function fieldsOf(text: string): Fields {
  const value: unknown = JSON.parse(text);
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

/** Version 1 and 2 of TCB info name no TEE: they are all for SGX. */
function isTcbInfoFor({ tee, fmspc }: DcapRequest, text: string): boolean {
  const fields = fieldsOf(text);
  return String(fields.get("id") ?? "SGX") === tee.toUpperCase() && String(fields.get("fmspc")).toLowerCase() === fmspc;
}

function isQeIdentityFor(tee: "sgx" | "tdx", text: string): boolean {
  return fieldsOf(text).get("id") === (tee === "sgx" ? "QE" : "TD_QE");
}

function newestDocument(
  pieces: readonly CollateralPiece[],
  kind: "tcb-info" | "qe-identity",
  fits: (text: string) => boolean,
): SignedDocument | null {
  const documents = pieces
    .flatMap((piece) => (piece.kind === kind && fits(piece.document.text) ? [piece.document] : []))
    .map((document) => ({ document, fields: fieldsOf(document.text) }));
  const number = (fields: Fields): number => Number(fields.get("tcbEvaluationDataNumber"));
  const issued = (fields: Fields): number => Date.parse(String(fields.get("issueDate")));
  documents.sort((a, b) => number(b.fields) - number(a.fields) || issued(b.fields) - issued(a.fields));
  return documents[0]?.document ?? null;
}

function newestCrl(pieces: readonly CollateralPiece[], issuer: string): Uint8Array | null {
  const lists = pieces.flatMap((piece) => (piece.kind === "crl" && piece.issuer.includes(issuer) ? [piece] : []));
  lists.sort((a, b) => b.crl.from - a.crl.from);
  return lists[0]?.der ?? null;
}

/** PEM of the newest certificate of that name and of the root that issued it. */
function chainOf(name: string, certificates: readonly Certificate[]): string | null {
  const [issuer] = certificates.filter(({ subjectName }) => subjectName.includes(name)).sort((a, b) => b.from - a.from);
  const root = issuer && certificates.find((one) => isIssuer(one, issuer));
  return root ? writePem([issuer.der, root.der]) : null;
}

function isIssuer({ subject, extensions }: Certificate, issued: Certificate): boolean {
  const named = issued.extensions.authorityKeyId;
  const own = extensions.subjectKeyId;
  return equalBytes(subject, issued.issuer) && (!named || !own || equalBytes(named, own));
}
