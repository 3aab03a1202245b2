// What a TLS server is made with, and how it comes to show another certificate.

import type { TlsOptions as HandshakeOptions } from "node:tls";
import { Server as TlsServer } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import { ListenerError } from "./listener-error.ts";
import type { ListenerLimits, TlsCredentials } from "./listener-options.ts";
import { secureSettings } from "./tls-credentials.ts";

/** Throws `ListenerError` `client-roots-unusable`. */
export function handshakeOptions(tls: TlsCredentials, { headerTimeout }: ListenerLimits): HandshakeOptions {
  const rejectUnauthorized = tls.clientsWithout !== true;
  const clients = tls.clientRoots === undefined ? {} : { requestCert: true, rejectUnauthorized };
  return { ...secureSettings(tls), ...clients, handshakeTimeout: headerTimeout };
}

/** From the next handshake on. Throws `ListenerError`, and then nothing has changed. */
export function renewCertificate(server: object, credentials: TlsCredentials): void {
  if (!(server instanceof TlsServer)) throw new ListenerError("credentials-unusable", { reason: "it speaks no TLS" });
  try {
    server.setSecureContext(secureSettings(credentials));
  } catch (error) {
    throw credentialsFailure(error);
  }
}

/** `error` itself if it is a listener's. */
export function credentialsFailure(error: unknown): ListenerError {
  if (error instanceof ListenerError) return error;
  return new ListenerError("credentials-unusable", { reason: reasonOf(error) }, error);
}
