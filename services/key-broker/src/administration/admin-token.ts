// Makes the token by which an administrator's command proves who runs it.
import { createPrivateKey, createPublicKey } from "node:crypto";
import { SignJWT } from "jose";
import { adminAudience, adminKeyId } from "./admin-authentication.ts";

/** Seconds. */
const life = 60;

/** `privateKey`: Ed25519 in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it. Throws what OpenSSL says of another. */
export async function adminToken(privateKey: string, { now }: { readonly now: Date }): Promise<string> {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== "ed25519") throw new TypeError("an administrator's key is an Ed25519 key");
  const publicPem = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const issued = Math.floor(now.getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: "EdDSA", kid: adminKeyId(publicPem, "") })
    .setAudience(adminAudience)
    .setIssuedAt(issued)
    .setExpirationTime(issued + life)
    .sign(key);
}
