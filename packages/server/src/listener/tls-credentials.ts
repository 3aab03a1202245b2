// The certificate and key of the listeners: read from PEM files, or made for the occasion.
import { constants, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { Secret } from "../config/secret.ts";
import type { Logger } from "../logger/logger.ts";
import { ListenerError } from "./listener-error.ts";
import type { TlsCredentials, TlsOptions } from "./listener-options.ts";
import { selfSigned } from "./self-signed.ts";

/** Throws `ListenerError` `credentials-unreadable`. The fingerprint of a self-signed certificate goes to the log. */
export async function loadTlsCredentials(
  tls: TlsOptions,
  host: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<TlsCredentials> {
  if (typeof tls === "object" && "certificate" in tls) return tls;
  if (tls !== "self-signed") {
    const certificate = await read(tls.cert);
    return { certificate: certificate.toString("utf8"), privateKey: new Secret(await read(tls.key)) };
  }
  const credentials = await selfSigned({ host, from: new Date(clock.epoch()) });
  const { fingerprint256, validTo } = new X509Certificate(credentials.certificate);
  logger.warn("clients cannot verify this self-signed certificate but by its fingerprint", {
    sha256: fingerprint256,
    validTo,
  });
  return credentials;
}

/** TLS 1.3 only; the hybrid post-quantum group first, then what clients without it speak. */
export function secureSettings({ certificate, privateKey, clientRoots }: TlsCredentials): SecureContextOptions {
  const key = privateKey.reveal();
  return {
    cert: certificate,
    key: Buffer.from(key.buffer, key.byteOffset, key.byteLength),
    minVersion: "TLSv1.3",
    ecdhCurve: "X25519MLKEM768:X25519:prime256v1",
    // No session is resumed: on one that is, nobody looks again at who the other end is.
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(clientRoots === undefined ? {} : { ca: splitRoots(clientRoots) }),
  };
}

/** Node takes an empty text for none given, and would then trust every public authority. Throws `client-roots-unusable`. */
function splitRoots(pem: string): string[] {
  const roots = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const isWhole = roots.length === (pem.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length;
    if (!isWhole) throw new Error("one of them is cut off");
    if (roots.length > 0 && roots.every((root) => new X509Certificate(root).ca)) return roots;
  } catch (error) {
    throw new ListenerError("client-roots-unusable", { reason: reasonOf(error) }, error);
  }
  const reason = roots.length === 0 ? "there is no certificate in PEM" : "one of them is no authority's";
  throw new ListenerError("client-roots-unusable", { reason });
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new ListenerError("credentials-unreadable", { file, reason: reasonOf(error) }, error);
  }
}
