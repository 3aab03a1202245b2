// Which mesh a process is of, in 32 bytes that evidence names: the keys of the roots that it trusts, its trust domain and its tenant.
import { createHash, type X509Certificate } from "node:crypto";
import { meshRootsOf } from "./mesh-roots.node.ts";

export interface MeshNamed {
  /** PEM, one root after another; their order, and what surrounds the keys in them, does not count. */
  readonly roots: string;
  readonly trustDomain: string;
  /** Null: the mesh knows no tenants. */
  readonly tenant: string | null;
}

const label = "sealserve/mesh/v1";

/**
 * SHA-256 of label, trust domain, tenant (empty: none) and the SHA-256 of each root's SubjectPublicKeyInfo in ascending order, each with its
 * length before it (docs/design/002). Throws `RangeError` where `roots` holds anything but certificates.
 */
export function meshDigest({ roots, trustDomain, tenant }: MeshNamed): Uint8Array {
  const keys = new Set(meshRootsOf(roots).map(spkiSha256));
  const hash = createHash("sha256");
  const fields = [label, trustDomain, tenant ?? ""].map((text) => Buffer.from(text));
  for (const field of [...fields, ...[...keys].sort().map((hex) => Buffer.from(hex, "hex"))]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    hash.update(length).update(field);
  }
  return new Uint8Array(hash.digest());
}

function spkiSha256({ publicKey }: X509Certificate): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}
