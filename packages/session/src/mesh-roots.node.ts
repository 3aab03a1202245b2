// The roots of a mesh as certificates: what is in a PEM text, and surely nothing else.
import { X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Throws `RangeError` where there is none, or anything beside certificates: TLS stacks also take roots under other labels, and whoever
 * names a mesh must not overlook one.
 */
export function meshRootsOf(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(block) ?? [];
  if (blocks.length === 0) throw new RangeError("there is no root of the mesh in it");
  if (pem.replaceAll(block, "").includes("-----")) throw new RangeError("there is something beside certificates in it");
  return blocks.map((text) => new X509Certificate(text));
}
