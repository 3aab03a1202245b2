// Reads a request for a certificate: of all that it asks, only its key counts, and that it holds the private one.
import { createHash } from "node:crypto";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { x509 } from "./x509.ts";

export interface RequestedKey {
  readonly publicKey: CryptoKey;
  /** base64url of the SHA-256 of its SubjectPublicKeyInfo. */
  readonly spkiSha256: string;
  /** Its point, as a JWK has it. */
  readonly x: string;
  readonly y: string;
}

/** P-256, as all of the mesh. Throws `malformed-request`. */
export async function readCertificateRequest(pem: string): Promise<RequestedKey> {
  const { Pkcs10CertificateRequest } = await x509();
  try {
    const request = new Pkcs10CertificateRequest(pem);
    const publicKey = await request.publicKey.export({ name: "ECDSA", namedCurve: "P-256" }, ["verify"], crypto);
    if (await request.verify(crypto)) {
      const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", publicKey);
      const spkiSha256 = createHash("sha256").update(new Uint8Array(request.publicKey.rawData)).digest("base64url");
      return { publicKey, spkiSha256, x, y };
    }
  } catch {
    // Whatever is wrong with its form is the same to the sender.
  }
  throw new KeyBrokerError("malformed-request", {
    problem: "csr is not a PKCS #10 request signed by its own P-256 key",
  });
}
