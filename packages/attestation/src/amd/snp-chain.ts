// Finds the chain VCEK (VLEK), ASK (ASVK), ARK among certificates that came in any order, and checks it.
import { type Bytes, equalBytes } from "@sealserve/primitives";
import type { TrustAnchor } from "../trust-anchor.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { CertificateError } from "../x509/certificate-error.ts";
import { findAnchor, verifyChain } from "../x509/chain.ts";
import { validityFault } from "../x509/validity.ts";
import { type Endorsement, productNameId, readEndorsement } from "./endorsement.ts";
import type { SnpProduct } from "./snp-product.ts";

/** VCEK or VLEK, ASK or ASVK, ARK. */
export type SnpChain = readonly [Certificate, Certificate, Certificate];

const mostCertificates = 16;

/** The product that the first VCEK or VLEK of `ders` names, before anything is trusted; null where there is none, or none that can be read. */
export function endorsedProduct(ders: readonly Bytes[]): SnpProduct | null {
  try {
    const leaf = parseAll(ders).find(isLeaf);
    return leaf ? readEndorsement(leaf).product : null;
  } catch (error) {
    // Verification says what is wrong with it.
    if (error instanceof CertificateError) return null;
    throw error;
  }
}

/** The chain that begins with the first VCEK or VLEK of `ders`; null where a link is missing. Throws `CertificateError`. */
export function findSnpChain(ders: readonly Bytes[]): SnpChain | null {
  const certificates = parseAll(ders);
  const leaf = certificates.find(isLeaf);
  const intermediate = leaf && issuerOf(leaf, certificates);
  const root = intermediate && issuerOf(intermediate, certificates);
  return root ? [leaf, intermediate, root] : null;
}

function parseAll(ders: readonly Bytes[]): readonly Certificate[] {
  if (ders.length <= mostCertificates) return ders.map((der, i) => parseCertificate(der, `certificate ${i + 1}`));
  throw new CertificateError("chain-malformed", { problem: `more than ${mostCertificates} certificates` });
}

/** Only VCEKs and VLEKs name a product. */
function isLeaf({ extensions }: Certificate): boolean {
  return extensions.values.has(productNameId);
}

/** Of several with the right name, the one whose key identifier is named. */
function issuerOf(certificate: Certificate, candidates: readonly Certificate[]): Certificate | undefined {
  const named = candidates.filter(({ subject }) => equalBytes(subject, certificate.issuer));
  const wanted = certificate.extensions.authorityKeyId;
  if (!wanted) return named[0];
  return named.find(({ extensions: { subjectKeyId } }) => subjectKeyId && equalBytes(subjectKeyId, wanted)) ?? named[0];
}

/** That AMD issued `chain` for what it says, that it is valid at `now`, and that its root is trusted. Throws `CertificateError`. */
export async function verifySnpChain(
  chain: SnpChain,
  signedBy: "vcek" | "vlek",
  anchors: readonly TrustAnchor[],
  now: Date,
): Promise<{ readonly anchor: TrustAnchor; readonly endorsement: Endorsement }> {
  const [leaf, , root] = chain;
  const anchor = await findAnchor(root, "amd", anchors);
  const endorsement = readEndorsement(leaf);
  checkNames(chain, signedBy, endorsement);
  for (const { subjectName: what, from, until } of chain) {
    const fault = validityFault({ what, from, until }, now);
    if (fault) throw new CertificateError(fault.code, fault.facts as never);
  }
  await verifyChain(chain);
  return { anchor, endorsement };
}

/** Each generation has its own root, and leased keys their own intermediate. */
function checkNames(chain: SnpChain, signedBy: "vcek" | "vlek", { product, provider }: Endorsement): void {
  const leased = signedBy === "vlek";
  const expected = leased
    ? ["SEV-VLEK", `SEV-VLEK-${product}`, `ARK-${product}`]
    : ["SEV-VCEK", `SEV-${product}`, `ARK-${product}`];
  for (const [index, { subjectName: certificate }] of chain.entries()) {
    const name = expected[index] ?? "";
    if (certificate !== name) throw new CertificateError("certificate-name", { certificate, expected: name });
  }
  if (leased !== (provider !== null)) {
    const named = { certificate: leased ? "SEV-VLEK" : "SEV-VCEK", expected: leased ? "of a provider" : "of a chip" };
    throw new CertificateError("certificate-name", named);
  }
}
