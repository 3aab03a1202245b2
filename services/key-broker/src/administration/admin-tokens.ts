// Who an administrator is by a token: the holder of a configured Ed25519 key, who signed it a moment ago, for this broker and for one request.
import { createHash, createPublicKey } from "node:crypto";
import type { TlsChannel } from "@sealserve/protocols";
import { type AdminRefusal, KeyBrokerError } from "@sealserve/protocols/key-broker";
import { decodeProtectedHeader, errors, importSPKI, type JWTPayload, jwtVerify } from "jose";
import { BrokerStartError } from "../broker-start-error.ts";
import type { Storage } from "../storage/storage.ts";
import type { Administrator } from "./administrator.ts";
import { useAnywhere } from "./shared-tokens.ts";
import { UsedTokens } from "./used-tokens.ts";

/** A token must have been made so recently, in seconds. */
const longestLife = 300;
/** Seconds by which clocks may differ. */
const clockTolerance = 30;
const mostUsedTokens = 10_000;
const longestId = 128;

/** What `channel` says in a token for a server that was asked without TLS. */
export const plaintextChannel = "plaintext";

interface KnownKey {
  readonly key: CryptoKey;
  readonly administrator: Administrator;
  readonly used: UsedTokens;
}

export interface AdminTokensParts {
  readonly epoch: () => number;
}

export class AdminTokens {
  readonly #audience: string;
  readonly #epoch: () => number;
  readonly #keys = new Map<string, KnownKey>();

  constructor({ audience }: { readonly audience: string }, { epoch }: AdminTokensParts) {
    this.#audience = audience;
    this.#epoch = epoch;
  }

  /** Throws `BrokerStartError` `administrator-key-unusable`, and `administrator-twice` where the key is another's. */
  async add(administrator: Administrator, publicKeyPem: string): Promise<void> {
    const { name } = administrator;
    const id = adminKeyId(publicKeyPem, name);
    if (this.#keys.has(id)) throw new BrokerStartError("administrator-twice", { name });
    const used = new UsedTokens({ entries: mostUsedTokens });
    this.#keys.set(id, { key: await ed25519(publicKeyPem, name), administrator, used });
  }

  /**
   * `channel`: the connection that the token came on; `storage`: where all brokers remember which were used. Throws `admin-refused`,
   * `too-many-requests`, `unavailable`.
   */
  async identify(token: string, channel: TlsChannel | null, storage: Storage): Promise<Administrator> {
    const key = keyIdOf(token);
    const known = this.#keys.get(key);
    if (!known) throw refused("key-unknown");
    const now = Math.floor(this.#epoch() / 1000);
    const { aud, channel: named, exp = 0, iat = 0, jti = "" } = await this.#verified(token, known.key);
    // Not one of several: each of the others could use it here.
    if (aud !== this.#audience) throw refused("audience-wrong");
    if (named !== undefined && named !== channelId(channel)) throw refused("channel-wrong");
    if (jti === "" || jti.length > longestId) throw refused("token-malformed");
    const until = Math.min(exp, iat + longestLife) + clockTolerance;
    // Here first: whoever edits the database makes this broker forget none.
    known.used.use(jti, { now, until });
    await useAnywhere(storage, { key, id: jti, now, until: Math.ceil(until) });
    return known.administrator;
  }

  async #verified(token: string, key: CryptoKey): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ["EdDSA", "Ed25519"],
        requiredClaims: ["aud", "iat", "exp", "jti"],
        maxTokenAge: longestLife,
        clockTolerance,
        currentDate: new Date(this.#epoch()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refused(refusalOf(error), error);
      throw error;
    }
  }
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

function channelId(channel: TlsChannel | null): string {
  return channel === null ? plaintextChannel : Buffer.from(channel.spkiSha256()).toString("base64url");
}

function refused(reason: AdminRefusal, cause?: unknown): KeyBrokerError {
  return new KeyBrokerError("admin-refused", { reason }, cause);
}

function refusalOf(error: InstanceType<typeof errors.JOSEError>): AdminRefusal {
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature-wrong";
  if (error instanceof errors.JWTExpired) return "token-expired";
  const outOfTime = error instanceof errors.JWTClaimValidationFailed && error.reason === "check_failed";
  return outOfTime ? "token-expired" : "token-malformed";
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
  } catch (error) {
    throw refused("token-malformed", error);
  }
}
