// The certificate and key of the listeners: read from PEM files, or made for the occasion.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { Secret } from "../config/secret.ts";
import type { Logger } from "../logger/logger.ts";
import { ListenerError } from "./listener-error.ts";
import type { TlsOptions } from "./listener-options.ts";
import { selfSigned } from "./self-signed.ts";

export interface TlsCredentials {
  /** PEM; the server's certificate first, then those that lead to its root. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: Secret;
}

/** Throws `ListenerError` `credentials-unreadable`. The fingerprint of a self-signed certificate goes to the log. */
export async function loadTlsCredentials(
  tls: TlsOptions,
  host: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<TlsCredentials> {
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
export function secureSettings({ certificate, privateKey }: TlsCredentials): SecureContextOptions {
  const key = privateKey.reveal();
  return {
    cert: certificate,
    key: Buffer.from(key.buffer, key.byteOffset, key.byteLength),
    minVersion: "TLSv1.3",
    ecdhCurve: "X25519MLKEM768:X25519:prime256v1",
  };
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new ListenerError("credentials-unreadable", { file, reason: reasonOf(error) }, error);
  }
}
