// The mesh's authority as it is now: certificates by the root that signs, and all roots that are trusted.
import { meshDigest } from "@sealserve/session/node";
import {
  MeshAuthority,
  type MeshAuthorityOptions,
  type MeshParts,
  type MeshSubject,
  meshUri,
} from "./mesh-authority.ts";
import type { OwnKeys } from "./own-keys.ts";

export interface IssuedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, one root after another. */
  readonly roots: string;
}

export class Mesh {
  readonly #options: MeshAuthorityOptions;
  readonly #parts: MeshParts & { readonly keys: OwnKeys };

  constructor(options: MeshAuthorityOptions, parts: MeshParts & { readonly keys: OwnKeys }) {
    this.#options = options;
    this.#parts = parts;
  }

  /** PEM of every root that is trusted, also of one that does not sign yet. */
  get roots(): string {
    const all = this.#parts.keys.trusted("mesh").map(({ key }) => key.attached.trim());
    return `${all.join("\n")}\n`;
  }

  /** What evidence of a process of `tenant` names. */
  about(tenant: string): { readonly digest: string; readonly trustDomain: string; readonly roots: string } {
    const { roots } = this;
    const { trustDomain } = this.#options;
    return { digest: Buffer.from(meshDigest({ roots, trustDomain, tenant })).toString("hex"), trustDomain, roots };
  }

  async issue(publicKey: CryptoKey, subject: MeshSubject): Promise<IssuedCertificate> {
    const { keys } = this.#parts;
    const authority = await MeshAuthority.open(this.#options, keys.signing("mesh"), this.#parts);
    return { certificate: await authority.issue(publicKey, subject), roots: this.roots };
  }

  uri(subject: MeshSubject): string {
    return meshUri(this.#options.trustDomain, subject);
  }
}
