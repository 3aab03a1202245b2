// Whether what a client showed when its connection was opened still proves who it is.
import { X509Certificate } from "node:crypto";
import type { ClientCertificate } from "@sealserve/protocols";

/** A connection may last longer than the certificate that opened it. `now`: milliseconds since 1970. */
export function isInForce(shown: ClientCertificate | null, now: number): boolean {
  if (shown?.problem !== null) return false;
  const { validFromDate, validToDate } = new X509Certificate(shown.der);
  return now >= validFromDate.getTime() && now < validToDate.getTime();
}
