// Makes the token by which an administrator's command proves who runs it, for one request.
import { createPrivateKey, createPublicKey, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { adminKeyId } from "./admin-tokens.ts";

/** Seconds. */
const life = 60;

export interface AdminTokenOptions {
  readonly now: Date;
  /** The broker's, as it prints it at its start. */
  readonly audience: string;
  /**
   * The server that alone may take it: SHA-256 of its certificate's SubjectPublicKeyInfo in base64url, or `plaintext` without TLS. Needed where
   * the audience is what that server says of itself: else it could name another's, and pass the token on. Left out: any server of that audience.
   */
  readonly channel?: string;
}

/** `privateKey`: Ed25519 in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it. Throws what OpenSSL says of another. */
export async function adminToken(privateKey: string, { now, audience, channel }: AdminTokenOptions): Promise<string> {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== "ed25519") throw new TypeError("an administrator's key is an Ed25519 key");
  const publicPem = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const issued = Math.floor(now.getTime() / 1000);
  return new SignJWT(channel === undefined ? {} : { channel })
    .setProtectedHeader({ alg: "EdDSA", kid: adminKeyId(publicPem, "") })
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(issued)
    .setExpirationTime(issued + life)
    .sign(key);
}
