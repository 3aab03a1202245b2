// A certificate that a process makes for itself: for trying TLS out, and for clients that pin its fingerprint.
import { isIP } from "node:net";
import { Secret } from "../config/secret.ts";

const lifetime = 30 * 24 * 60 * 60 * 1000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface SelfSignedOptions {
  /** Named by the certificate, beside localhost and the loopback addresses. */
  readonly host: string;
  /** The certificate holds for 30 days from here. */
  readonly from: Date;
}

/** ECDSA on P-256. Both in PEM. */
export async function selfSigned({
  host,
  from,
}: SelfSignedOptions): Promise<{ certificate: string; privateKey: Secret }> {
  // The library finds its algorithms by a container that needs the metadata functions on `Reflect`.
  await import("reflect-metadata");
  const { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const names = [...new Set(["localhost", "127.0.0.1", "::1", host])];
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=Sealserve self-signed",
      notBefore: from,
      notAfter: new Date(from.getTime() + lifetime),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value })),
        ),
      ],
    },
    crypto,
  );
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: certificate.toString("pem"),
    privateKey: new Secret(Buffer.from(PemConverter.encode(key, "PRIVATE KEY"))),
  };
}
