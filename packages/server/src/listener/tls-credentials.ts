// The certificate and key of the listeners: read from PEM files, or made for the occasion.
import { constants, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { Secret } from "../config/secret.ts";
import type { Logger } from "../logger/logger.ts";
import { ListenerError } from "./listener-error.ts";
import type { KeyStoreFile, TlsCredentials, TlsOptions } from "./listener-options.ts";
import { selfSigned } from "./self-signed.ts";

/** Throws `ListenerError` `credentials-unreadable`. The fingerprint of a self-signed certificate goes to the log. */
export async function loadTlsCredentials(
  tls: TlsOptions,
  host: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<TlsCredentials> {
  if (typeof tls === "object" && "certificate" in tls) return tls;
  if (tls !== "self-signed") {
    if ("keystore" in tls) return readKeyStore(tls.keystore, await read(tls.keystore), passwordText(tls.password));
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
export function secureSettings(credentials: TlsCredentials): SecureContextOptions {
  const { clientRoots } = credentials;
  return {
    ...pairOf(credentials),
    minVersion: "TLSv1.3",
    ecdhCurve: "X25519MLKEM768:X25519:prime256v1",
    // No session is resumed: on one that is, nobody looks again at who the other end is.
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(clientRoots === undefined ? {} : { ca: splitRoots(clientRoots) }),
  };
}

function pairOf({ certificate, privateKey, storePassword }: TlsCredentials): SecureContextOptions {
  const { buffer, byteOffset, byteLength } = privateKey.reveal();
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return storePassword === undefined ? { cert: certificate, key: bytes } : { pfx: bytes, passphrase: storePassword };
}

function passwordText(password: KeyStoreFile["password"]): string {
  return typeof password === "string" ? password : Buffer.from(password.reveal()).toString("utf8");
}

/** OpenSSL reads key stores, and Node shows what it found nowhere but in the context that it makes of them. Throws `keystore-unusable`. */
function readKeyStore(file: string, bytes: Buffer, storePassword: string): TlsCredentials {
  try {
    const { context } = createSecureContext({ pfx: bytes, passphrase: storePassword });
    const der: unknown = context.getCertificate?.();
    if (!Buffer.isBuffer(der)) throw new Error("there is no certificate with its key");
    const certificate = new X509Certificate(der).toString();
    return { certificate, privateKey: new Secret(bytes), storePassword };
  } catch (error) {
    throw new ListenerError("keystore-unusable", { file, reason: reasonOf(error) }, error);
  }
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
