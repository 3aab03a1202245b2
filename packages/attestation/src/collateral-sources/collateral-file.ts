// Tells what a file of collateral is by what is in it, whatever its name: services' answers, certificates, revocation lists.
import { type Bytes, reasonOf, textOf } from "@sealserve/primitives";
import type { DcapCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { type Crl, parseCrl } from "../x509/crl.ts";
import { commonNameOf } from "../x509/name.ts";
import { parsePemCertificates } from "../x509/pem.ts";
import { readCollateralJson } from "./collateral-json.ts";
import { readCrlBody, readSignedDocument, type SignedDocument } from "./intel-answer.ts";
import { sliceMembers } from "./json-members.ts";

/** A file as it lies in a folder or a bundle. */
export interface CollateralFile {
  readonly name: string;
  readonly bytes: Bytes;
}

export type CollateralPiece =
  | { readonly kind: "collateral"; readonly collateral: DcapCollateral }
  | { readonly kind: "tcb-info" | "qe-identity"; readonly document: SignedDocument }
  | { readonly kind: "certificate"; readonly certificate: Certificate }
  | { readonly kind: "crl"; readonly der: Bytes; readonly crl: Crl; readonly issuer: string };

/** What is in `file`; nothing for a file that is neither JSON nor PEM nor DER. Throws {@link CollateralError} `malformed`, naming the file. */
export function readCollateralFile({ name, bytes }: CollateralFile): readonly CollateralPiece[] {
  try {
    if (bytes[0] === sequenceTag && (bytes[1] ?? 0) > 0x7f) return [readDer(bytes, name)];
    return readText(textOf(bytes), bytes, name);
  } catch (error) {
    throw new CollateralError("malformed", { what: `file '${name}'`, problem: reasonOf(error) }, error);
  }
}

const sequenceTag = 0x30;
const encodedPem = "-----BEGIN%20CERTIFICATE-----";
const mostCertificates = 16;

function readText(text: string, bytes: Bytes, name: string): readonly CollateralPiece[] {
  if (text.trimStart().startsWith("{")) return [readJson(text, bytes, name)];
  if (text.includes("-----BEGIN X509 CRL-----")) return [readCrl(readCrlBody(bytes, name))];
  // Saved response headers hold chains URL-encoded.
  if (text.includes(encodedPem))
    return [...text.matchAll(/-----BEGIN%20CERTIFICATE-----\S*/g)].flatMap(([chain]) =>
      readPem(decodeURIComponent(chain), name),
    );
  if (text.startsWith("-----BEGIN CERTIFICATE-----")) return readPem(text.replace(/\0+$/, ""), name);
  return /^30[0-9a-f]{100,}\s*$/i.test(text) ? [readCrl(readCrlBody(bytes, name))] : [];
}

function readJson(text: string, bytes: Bytes, name: string): CollateralPiece {
  const members = sliceMembers(text);
  if (members.has("tcbInfo")) return { kind: "tcb-info", document: readSignedDocument(bytes, "tcbInfo", name) };
  if (members.has("enclaveIdentity")) {
    return { kind: "qe-identity", document: readSignedDocument(bytes, "enclaveIdentity", name) };
  }
  return { kind: "collateral", collateral: readCollateralJson(text) };
}

function readPem(text: string, name: string): readonly CollateralPiece[] {
  return parsePemCertificates(text, mostCertificates).map((der) => readCertificate(der, name));
}

function readCertificate(der: Bytes, name: string): CollateralPiece {
  return { kind: "certificate", certificate: parseCertificate(der, name) };
}

/** The body of a certificate begins with its version in a tag of its own, that of a list with a plain number. */
function readDer(der: Bytes, name: string): CollateralPiece {
  const file = new DerReader(der).inside().inside();
  return file.peek() === tag.integer ? readCrl(der) : readCertificate(der, name);
}

function readCrl(der: Bytes): CollateralPiece {
  const crl = parseCrl(der);
  return { kind: "crl", der, crl, issuer: commonNameOf(crl.issuer) };
}
