// Issues the certificates of the mesh: short-lived, each for one attested process, named by a SPIFFE URI.

import type { X509Certificate } from "@peculiar/x509";
import type { MeshRole } from "@sealserve/protocols/key-broker";
import type { SigningKey } from "./broker-keys.ts";
import { x509 } from "./x509.ts";

const hour = 60 * 60 * 1000;
/** Milliseconds by which a clock in the mesh may be late. */
export const skew = 5 * 60 * 1000;
const rootLifetime = 5 * 365 * 24 * hour;
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };

export interface MeshParts {
  readonly epoch: () => number;
  readonly randomness: (length: number) => Uint8Array;
}

export interface MeshSubject {
  readonly role: MeshRole;
  readonly tenant: string;
  readonly model: string;
  /** Tells processes with the same rights apart. */
  readonly instance: string;
}

/** The self-signed certificate of a new authority, in PEM: for its own trust domain, and for no further authorities. */
export async function meshRoot(
  trustDomain: string,
  key: Omit<SigningKey, "attached">,
  parts: MeshParts,
): Promise<string> {
  const { BasicConstraintsExtension, KeyUsagesExtension, KeyUsageFlags, SubjectKeyIdentifierExtension, ...lib } =
    await x509();
  const now = parts.epoch();
  const root = await lib.X509CertificateGenerator.create(
    {
      serialNumber: serial(parts),
      subject: `CN=Sealserve mesh ${trustDomain}`,
      issuer: `CN=Sealserve mesh ${trustDomain}`,
      notBefore: new Date(now - skew),
      notAfter: new Date(now + rootLifetime),
      publicKey: key.publicKey,
      signingKey: key.privateKey,
      signingAlgorithm,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(key.publicKey, false, crypto),
        new lib.SubjectAlternativeNameExtension([{ type: "url", value: `spiffe://${trustDomain}` }]),
      ],
    },
    crypto,
  );
  return root.toString("pem");
}

/** Whether the certificate that is attached to `key` is one that this key has made of itself: whoever put another there would be trusted by the whole mesh. */
export async function isOwnRoot(key: SigningKey): Promise<boolean> {
  const { X509Certificate } = await x509();
  try {
    const root = new X509Certificate(key.attached);
    const same = Buffer.from(root.publicKey.rawData).equals(key.spki);
    return same && (await root.verify({ publicKey: key.publicKey, signatureOnly: true }, crypto));
  } catch {
    // What is no certificate is none of this key.
    return false;
  }
}

export interface MeshAuthorityOptions {
  readonly trustDomain: string;
  /** Of the certificates that it issues, in milliseconds. */
  readonly lifetime: number;
}

/** A root's certificate and the key behind it. */
export class MeshAuthority {
  readonly #options: MeshAuthorityOptions;
  readonly #key: SigningKey;
  readonly #root: X509Certificate;
  readonly #parts: MeshParts;

  private constructor(options: MeshAuthorityOptions, key: SigningKey, root: X509Certificate, parts: MeshParts) {
    this.#options = options;
    this.#key = key;
    this.#root = root;
    this.#parts = parts;
  }

  /** `key.attached` is what `meshRoot` made. */
  static async open(options: MeshAuthorityOptions, key: SigningKey, parts: MeshParts): Promise<MeshAuthority> {
    const { X509Certificate } = await x509();
    return new MeshAuthority(options, key, new X509Certificate(key.attached), parts);
  }

  /** For TLS in both directions. Nothing of a request but its key goes into the certificate. PEM. */
  async issue(publicKey: CryptoKey, subject: MeshSubject): Promise<string> {
    const {
      AuthorityKeyIdentifierExtension,
      BasicConstraintsExtension,
      ExtendedKeyUsage,
      ExtendedKeyUsageExtension,
      KeyUsageFlags,
      KeyUsagesExtension,
      SubjectAlternativeNameExtension,
      SubjectKeyIdentifierExtension,
      X509CertificateGenerator,
    } = await x509();
    const now = this.#parts.epoch();
    const named = this.#root.getExtension(SubjectKeyIdentifierExtension);
    const certificate = await X509CertificateGenerator.create(
      {
        serialNumber: serial(this.#parts),
        subject: `CN=${subject.role}`,
        issuer: this.#root.subject,
        notBefore: new Date(now - skew),
        notAfter: new Date(Math.min(now + this.#options.lifetime, this.#root.notAfter.getTime())),
        publicKey,
        signingKey: this.#key.privateKey,
        signingAlgorithm,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          new SubjectAlternativeNameExtension([{ type: "url", value: meshUri(this.#options.trustDomain, subject) }]),
          // The root's own name for its key: authorities that others made may compute it otherwise.
          named
            ? new AuthorityKeyIdentifierExtension(named.keyId)
            : await AuthorityKeyIdentifierExtension.create(this.#root, false, crypto),
        ],
      },
      crypto,
    );
    return certificate.toString("pem");
  }
}

export function meshUri(trustDomain: string, { role, tenant, model, instance }: MeshSubject): string {
  return `spiffe://${trustDomain}/${role}/${tenant}/${model}/${instance}`;
}

/** 16 random bytes, positive (RFC 5280, 4.1.2.2). */
function serial({ randomness }: MeshParts): string {
  const bytes = Uint8Array.from(randomness(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
