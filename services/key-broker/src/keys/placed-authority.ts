// Certificates of a mesh without a key broker: from an authority whose certificate and key are at hand, for whoever holds them.
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { CodedError } from "@sealserve/primitives";
import type { MeshRole } from "@sealserve/protocols/key-broker";
import { MeshAuthority } from "./mesh-authority.ts";

export interface PlacedAuthority {
  /** PEM of one certificate. */
  readonly certificate: string;
  /** PEM; ECDSA over P-256. */
  readonly key: string;
}

export interface PlacedCertificateOptions {
  readonly trustDomain: string;
  readonly role: MeshRole;
  /** Whose: the last parts of its name. */
  readonly group: string;
  readonly instance: string;
  /** Milliseconds; never beyond the authority's own end. */
  readonly lifetime: number;
}

export interface PlacedCertificate {
  /** All in PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly roots: string;
  readonly notAfter: Date;
}

/** What is wrong with an authority's files. */
export class PlacedAuthorityError extends CodedError<"authority-unusable", { readonly problem: string }> {
  constructor(problem: string, cause?: unknown) {
    super("authority-unusable", `the authority cannot issue certificates: ${problem}`, { problem }, cause);
    this.name = "PlacedAuthorityError";
  }
}

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A new key and a certificate for it. Throws `PlacedAuthorityError`. */
export async function issueFromFiles(
  authority: PlacedAuthority,
  { trustDomain, role, group, instance, lifetime }: PlacedCertificateOptions,
  parts: { readonly epoch: () => number; readonly randomness: (length: number) => Uint8Array },
): Promise<PlacedCertificate> {
  const { root, key } = opened(authority);
  const left = root.validToDate.getTime() - parts.epoch();
  if (left <= 0) throw new PlacedAuthorityError(`its certificate has ended on ${root.validTo}`);
  const spki = Uint8Array.from(root.publicKey.export({ type: "spki", format: "der" }));
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  const signing = {
    id: root.fingerprint256,
    algorithm: "P-256",
    privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, curve, false, ["sign"]),
    publicKey: await crypto.subtle.importKey("spki", spki, curve, true, ["verify"]),
    spki,
    attached: root.toString(),
  } as const;
  pkcs8.fill(0);
  const issuer = await MeshAuthority.open({ trustDomain, lifetime: Math.min(lifetime, left) }, signing, parts);
  const pair = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const subject = { role, tenant: "local", model: group, instance };
  const certificate = await issuer.issue(pair.publicKey, subject);
  const exported = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const own = createPrivateKey({ key: exported, format: "der", type: "pkcs8" });
  return {
    certificate,
    key: String(own.export({ type: "pkcs8", format: "pem" })),
    roots: root.toString(),
    notAfter: new X509Certificate(certificate).validToDate,
  };
}

function opened({ certificate, key }: PlacedAuthority): { readonly root: X509Certificate; readonly key: KeyObject } {
  let found: { readonly root: X509Certificate; readonly key: KeyObject };
  try {
    found = { root: new X509Certificate(certificate), key: createPrivateKey(key) };
  } catch (error) {
    throw new PlacedAuthorityError("a certificate and a private key in PEM are needed", error);
  }
  const { root } = found;
  if (!root.ca) throw new PlacedAuthorityError("its certificate is not that of an authority");
  if (createPublicKey(found.key).asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new PlacedAuthorityError("its key must be ECDSA over P-256");
  }
  if (!root.checkPrivateKey(found.key)) throw new PlacedAuthorityError("the key does not belong to the certificate");
  return found;
}
