// Who asks the admin listener: by a token or by a certificate, whichever is shown; nobody without.
import type { TlsChannel } from "@sealserve/protocols";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { BrokerStartError } from "../broker-start-error.ts";
import type { KeyBrokerConfig } from "../config.ts";
import type { Storage } from "../storage/storage.ts";
import { AdminCertificates } from "./admin-certificates.ts";
import { AdminTokens } from "./admin-tokens.ts";
import type { Administrator } from "./administrator.ts";

export interface AdminAuthenticationOptions extends Pick<KeyBrokerConfig["admin"], "administrators" | "clientRoots"> {
  /** What tokens must say in `aud`. */
  readonly audience: string;
}

export interface AdminProof {
  readonly token: string | null;
  /** The TLS connection that the request came on; null: none. */
  readonly channel: TlsChannel | null;
}

export class AdminAuthentication {
  readonly audience: string;
  readonly #tokens: AdminTokens;
  readonly #certificates: AdminCertificates;

  private constructor(audience: string, tokens: AdminTokens, certificates: AdminCertificates) {
    this.audience = audience;
    this.#tokens = tokens;
    this.#certificates = certificates;
  }

  /** Throws `BrokerStartError` `administrators-missing`, `administrator-key-unusable`, `administrator-twice`, `client-roots-missing`. */
  static async open(
    { administrators, clientRoots, audience }: AdminAuthenticationOptions,
    parts: { readonly epoch: () => number },
  ): Promise<AdminAuthentication> {
    if (administrators.length === 0) throw new BrokerStartError("administrators-missing", {});
    const tokens = new AdminTokens({ audience }, parts);
    const certificates = new AdminCertificates(parts);
    const names = new Set<string>();
    for (const { name, publicKey, certificate, roles, tenants } of administrators) {
      // The rights of one would silently become those of another, and the log would not tell them apart.
      if (names.has(name)) throw new BrokerStartError("administrator-twice", { name });
      names.add(name);
      const administrator = { name, roles, tenants };
      if (publicKey) await tokens.add(administrator, Buffer.from(publicKey.reveal()).toString("utf8"));
      if (!certificate) continue;
      if (!clientRoots) throw new BrokerStartError("client-roots-missing", { name });
      certificates.add(administrator, certificate);
    }
    return new AdminAuthentication(audience, tokens, certificates);
  }

  /** A token decides where there is one: a certificate does not make up for a bad one. Throws `admin-refused`, `too-many-requests`, `unavailable`. */
  async identify({ token, channel }: AdminProof, storage: Storage): Promise<Administrator> {
    if (token !== null) return this.#tokens.identify(token, channel, storage);
    const certificate = channel?.clientCertificate() ?? null;
    if (certificate === null) throw new KeyBrokerError("admin-refused", { reason: "no-proof" });
    return this.#certificates.identify(certificate);
  }
}
