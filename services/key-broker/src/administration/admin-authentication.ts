// Who an administrator is: the holder of a configured Ed25519 key, by a token signed a moment ago.
import { createHash, createPublicKey } from "node:crypto";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { decodeProtectedHeader, errors, importSPKI, jwtVerify } from "jose";
import { BrokerStartError } from "../broker-start-error.ts";
import type { adminRoles, KeyBrokerConfig } from "../config.ts";

export type AdminRole = (typeof adminRoles)[number];

/** What tokens for this API say in `aud`: a token for anything else is none. */
export const adminAudience = "sealserve-key-broker-admin";

/** A token must have been made so recently, in seconds. */
const longestLife = 300;

export interface Administrator {
  readonly name: string;
  readonly roles: readonly AdminRole[];
  /** Null: all. */
  readonly tenants: readonly string[] | null;
}

interface KnownKey {
  readonly key: CryptoKey;
  readonly administrator: Administrator;
}

export class AdminAuthentication {
  readonly #keys: ReadonlyMap<string, KnownKey>;
  readonly #epoch: () => number;

  private constructor(keys: ReadonlyMap<string, KnownKey>, epoch: () => number) {
    this.#keys = keys;
    this.#epoch = epoch;
  }

  /** Throws `BrokerStartError` `administrators-missing`, `administrator-key-unusable`, `administrator-twice`. */
  static async open(
    configured: KeyBrokerConfig["admin"]["administrators"],
    { epoch }: { readonly epoch: () => number },
  ): Promise<AdminAuthentication> {
    if (configured.length === 0) throw new BrokerStartError("administrators-missing", {});
    const keys = new Map<string, KnownKey>();
    for (const { name, publicKey, roles, tenants } of configured) {
      const pem = Buffer.from(publicKey.reveal()).toString("utf8");
      const id = adminKeyId(pem, name);
      // The rights of one would silently become those of another, and the log would not tell them apart.
      if (keys.has(id) || [...keys.values()].some(({ administrator }) => administrator.name === name)) {
        throw new BrokerStartError("administrator-twice", { name });
      }
      keys.set(id, { key: await ed25519(pem, name), administrator: { name, roles, tenants } });
    }
    return new AdminAuthentication(keys, epoch);
  }

  /** Throws `admin-refused`, whatever is wrong with the token. */
  async identify(token: string | null): Promise<Administrator> {
    const known = token === null ? undefined : this.#keys.get(keyIdOf(token));
    if (token === null || !known) throw new KeyBrokerError("admin-refused", {});
    try {
      await jwtVerify(token, known.key, {
        algorithms: ["EdDSA", "Ed25519"],
        audience: adminAudience,
        requiredClaims: ["iat", "exp"],
        maxTokenAge: longestLife,
        clockTolerance: 30,
        currentDate: new Date(this.#epoch()),
      });
      return known.administrator;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new KeyBrokerError("admin-refused", {});
      throw error;
    }
  }
}

/** Throws `role-missing` unless the administrator has the role for this tenant; null: for the broker as a whole. */
export function requireRole({ roles, tenants }: Administrator, role: AdminRole, tenant: string | null): void {
  const inScope = tenants === null || (tenant !== null && tenants.includes(tenant));
  if (!inScope || !roles.includes(role)) throw new KeyBrokerError("role-missing", { role });
}

/** The `kid` of an administrator's tokens: SHA-256 of the public key's SubjectPublicKeyInfo, in base64url. */
export function adminKeyId(publicKeyPem: string, name: string): string {
  try {
    const spki = createPublicKey(publicKeyPem).export({ type: "spki", format: "der" });
    return createHash("sha256").update(spki).digest("base64url");
  } catch {
    throw new BrokerStartError("administrator-key-unusable", { name });
  }
}

async function ed25519(pem: string, name: string): Promise<CryptoKey> {
  try {
    return await importSPKI(pem.trim(), "EdDSA");
  } catch {
    throw new BrokerStartError("administrator-key-unusable", { name });
  }
}

function keyIdOf(token: string): string {
  try {
    return decodeProtectedHeader(token).kid ?? "";
  } catch {
    // What is no token at all is nobody's.
    return "";
  }
}
