// Who an administrator is by a certificate: its holder has proved in the handshake to have its key; here it must be one that the configuration names.
import { X509Certificate } from "node:crypto";
import type { ClientCertificate } from "@sealserve/protocols";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { BrokerStartError } from "../broker-start-error.ts";
import type { KeyBrokerConfig } from "../config.ts";
import { x509 } from "../keys/x509.ts";
import type { Administrator } from "./administrator.ts";

export type CertificateSetting = NonNullable<KeyBrokerConfig["admin"]["administrators"][number]["certificate"]>;

/** In OpenSSL's words: a certificate of the chain has ended, or has not begun. */
const outOfDate = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

export class AdminCertificates {
  readonly #epoch: () => number;
  /** By `uri:…` or `sha256:…`. */
  readonly #administrators = new Map<string, Administrator>();

  constructor({ epoch }: { readonly epoch: () => number }) {
    this.#epoch = epoch;
  }

  /** Throws `BrokerStartError` `administrator-twice` where the certificate is another's. */
  add(administrator: Administrator, setting: CertificateSetting): void {
    const id = "uri" in setting ? `uri:${setting.uri}` : `sha256:${setting.sha256}`;
    if (this.#administrators.has(id)) throw new BrokerStartError("administrator-twice", { name: administrator.name });
    this.#administrators.set(id, administrator);
  }

  /** Throws `admin-refused`. */
  async identify({ der, problem }: ClientCertificate): Promise<Administrator> {
    if (problem !== null) throw refused(outOfDate.has(problem) ? "certificate-expired" : "certificate-untrusted");
    const { fingerprint256, validFromDate, validToDate } = new X509Certificate(der);
    const now = this.#epoch();
    // A connection may last longer than the certificate that opened it.
    if (now < validFromDate.getTime() || now > validToDate.getTime()) throw refused("certificate-expired");
    const uri = await spiffeUri(der);
    const ids = [`sha256:${fingerprint256.replaceAll(":", "").toLowerCase()}`, ...(uri === null ? [] : [`uri:${uri}`])];
    const [found, another] = ids.flatMap((id) => this.#administrators.get(id) ?? []);
    // By its digest one and by its name another: nobody can say who was meant.
    if (!found || another) throw refused("certificate-unmapped");
    return found;
  }
}

/** The one URI of a certificate; null where there is none, or, against SPIFFE's rules, several. */
async function spiffeUri(der: Uint8Array): Promise<string | null> {
  const { SubjectAlternativeNameExtension, X509Certificate: Certificate } = await x509();
  const names = new Certificate(Uint8Array.from(der)).getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const [uri, another] = names.filter(({ type }) => type === "url");
  return uri && !another ? uri.value : null;
}

function refused(
  reason: "certificate-expired" | "certificate-untrusted" | "certificate-unmapped",
): KeyBrokerError<"admin-refused"> {
  return new KeyBrokerError("admin-refused", { reason });
}
