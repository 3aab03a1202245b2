// A chain of certificates: leaf first, then whoever issued it, the root last.
import { equalBytes, reasonOf } from "@sealserve/primitives";
import { sha256 } from "#verify-crypto";
import { toHex } from "../hex.ts";
import type { TrustAnchor } from "../trust-anchor.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { CertificateError } from "./certificate-error.ts";
import { parsePemCertificates } from "./pem.ts";
import { isSignedByKey } from "./verify-signature.ts";

/** Certificates of a PEM text, exactly one for each of `places` (their names in errors). Throws {@link CertificateError}. */
export function parseChain(text: string, places: readonly string[]): Certificate[] {
  const ders = pemOf(text, places.length);
  if (ders.length !== places.length) {
    throw new CertificateError("chain-malformed", {
      problem: `${ders.length} certificates where ${places.length} must be: ${places.join(", ")}`,
    });
  }
  return ders.map((der, i) => parseCertificate(der, places[i] ?? ""));
}

function pemOf(text: string, most: number): Uint8Array[] {
  try {
    return parsePemCertificates(text, most);
  } catch (error) {
    throw new CertificateError("chain-malformed", { problem: reasonOf(error) }, error);
  }
}

/** The anchor that `root` is, by SHA-256 of its DER. Throws {@link CertificateError} `root-untrusted`. */
export async function findAnchor(
  root: Certificate,
  vendor: TrustAnchor["vendor"],
  anchors: readonly TrustAnchor[],
): Promise<TrustAnchor> {
  const digest = toHex(await sha256(root.der));
  const anchor = anchors.find((known) => known.vendor === vendor && known.sha256 === digest);
  if (!anchor) throw new CertificateError("root-untrusted", { certificate: root.subjectName, sha256: digest });
  return anchor;
}

/** {@link verifyLinks} of a chain whose leaf is no CA. Throws {@link CertificateError}. */
export async function verifyChain(chain: readonly Certificate[], known: Certificate | null = null): Promise<void> {
  const [leaf] = chain;
  if (leaf?.extensions.basicConstraints?.ca)
    throw new CertificateError("ca-as-leaf", { certificate: leaf.subjectName });
  await verifyLinks(chain, known);
}

/**
 * That each of `chain` (root last) was issued by the next: names, key identifiers, CA, path length, key usage, signature.
 * The root's own signature is not looked at: it is trusted by its digest, see {@link findAnchor}. Dates and revocation are other
 * questions. `known`: one of them whose signature was verified before. Throws {@link CertificateError}.
 */
export async function verifyLinks(chain: readonly Certificate[], known: Certificate | null = null): Promise<void> {
  const links = chain
    .slice(0, -1)
    .map((certificate, i) => ({ certificate, issuer: chain[i + 1] ?? certificate, below: i }));
  for (const { certificate, issuer, below } of links) checkIssuer(certificate, issuer, below);
  for (const { certificate, issuer } of links) {
    if (certificate !== known && !(await isSignedByKey(issuer.publicKey, certificate))) {
      throw new CertificateError("certificate-signature", { certificate: certificate.subjectName });
    }
  }
}

/** That `issuer` may have issued `certificate`, with `below` CAs between it and the leaf. */
function checkIssuer(certificate: Certificate, issuer: Certificate, below: number): void {
  const { subjectKeyId } = issuer.extensions;
  const { authorityKeyId } = certificate.extensions;
  const sameKeyId = !authorityKeyId || !subjectKeyId || equalBytes(authorityKeyId, subjectKeyId);
  if (!equalBytes(certificate.issuer, issuer.subject) || !sameKeyId) {
    const expected = `issued by '${issuer.subjectName}'`;
    throw new CertificateError("certificate-name", { certificate: certificate.subjectName, expected });
  }
  checkAuthority(issuer);
  const allowed = issuer.extensions.basicConstraints?.pathLength ?? null;
  if (allowed !== null && below > allowed) {
    throw new CertificateError("path-length", { certificate: issuer.subjectName, allowed, found: below });
  }
}

/** That `certificate` may issue others. Throws {@link CertificateError}: `not-a-ca`, `key-usage`. */
export function checkAuthority({ subjectName, extensions }: Certificate): void {
  if (!extensions.basicConstraints?.ca) throw new CertificateError("not-a-ca", { certificate: subjectName });
  if (!extensions.keyUsage?.has("keyCertSign")) {
    throw new CertificateError("key-usage", { certificate: subjectName, missing: "keyCertSign" });
  }
}
