// A TLS connection as attestation binds to it: its exporter, and the key of the certificate that it showed.
import { createHash } from "node:crypto";
import { TLSSocket } from "node:tls";
import type { TlsChannel } from "@sealserve/protocols";

/** Null for a connection without TLS 1.3. The object costs next to nothing; what it tells is computed when asked. */
export function tlsChannelOf(socket: object): TlsChannel | null {
  if (!(socket instanceof TLSSocket) || socket.getProtocol() !== "TLSv1.3") return null;
  return {
    spkiSha256() {
      const certificate = socket.getX509Certificate();
      if (!certificate) throw new Error("the listener showed no certificate on this connection");
      return createHash("sha256")
        .update(certificate.publicKey.export({ type: "spki", format: "der" }))
        .digest();
    },
    exporter: (label, context, length) => socket.exportKeyingMaterial(length, label, Buffer.from(context)),
  };
}
