// A TLS connection as evidence and tokens bind to it: its exporter, and the certificates that its ends showed.
import { createHash } from "node:crypto";
import { TLSSocket } from "node:tls";
import type { ClientCertificate, TlsChannel } from "@sealserve/protocols";

/** Null for a connection without TLS 1.3. The object costs next to nothing; what it tells is computed when asked. */
export function tlsChannelOf(socket: object): TlsChannel | null {
  if (!(socket instanceof TLSSocket) || socket.getProtocol() !== "TLSv1.3") return null;
  // Kept: Node does not promise to hand the certificate of a peer out again.
  let client: ClientCertificate | null = null;
  return {
    spkiSha256() {
      const certificate = socket.getX509Certificate();
      if (!certificate) throw new Error("the listener showed no certificate on this connection");
      return createHash("sha256")
        .update(certificate.publicKey.export({ type: "spki", format: "der" }))
        .digest();
    },
    exporter: (label, context, length) => socket.exportKeyingMaterial(length, label, Buffer.from(context)),
    clientCertificate() {
      client ??= shownBy(socket);
      return client;
    },
  };
}

function shownBy(socket: TLSSocket): ClientCertificate | null {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return null;
  return { der: certificate.raw, problem: socket.authorized ? null : String(socket.authorizationError) };
}
