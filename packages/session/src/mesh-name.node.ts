// Who a mesh certificate is for: its one name, a SPIFFE URI (SPIFFE X.509-SVID, section 2).
import { X509Certificate } from "node:crypto";

export interface MeshName {
  readonly trustDomain: string;
  /** The first part of the path, such as `frontend`. */
  readonly role: string;
  /** What follows the role: in certificates of the key broker the tenant whose policy accepted the process. */
  readonly tenant: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

/** `certificate`: DER, or PEM of which the first counts. Null where it has another name, or none, or several. */
export function meshNameOf(certificate: Uint8Array | string): MeshName | null {
  const { subjectAltName = "", validToDate } = new X509Certificate(certificate);
  const found = /^URI:spiffe:\/\/([a-z0-9._-]{1,255})\/([a-z-]+)\/([A-Za-z0-9._-]+)[A-Za-z0-9._/-]*$/.exec(
    subjectAltName,
  );
  const [, trustDomain, role, tenant] = found ?? [];
  return trustDomain === undefined || role === undefined || tenant === undefined
    ? null
    : { trustDomain, role, tenant, notAfter: validToDate.getTime() };
}
