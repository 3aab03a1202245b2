// One new TLS 1.3 connection from Node, and what its end of it can compute for attestation.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import { type Channel, SessionError } from "@sealserve/session";

/** Mutual TLS within a mesh: PEM, as the session's mesh identity has them. */
export interface MeshPeer {
  readonly certificate: string;
  readonly privateKey: string;
  readonly roots: string;
  /** The other end's SPIFFE URI, or with a slash at its end what it begins with, such as `spiffe://example.org/backend/`. */
  readonly peer: string;
}

export interface TlsConnectionOptions {
  /** Its scheme, host and port are used. */
  readonly url: URL;
  /** PEM; given, the server's certificate must also lead to one of these. Left out, evidence alone vouches for its key. */
  readonly ca?: string | readonly string[];
  /** Which version of HTTP follows; left out: 1. */
  readonly http?: 1 | 2;
  /** Asked for each connection anew, so that a renewed certificate is used; takes the place of `ca`. */
  readonly mesh?: () => MeshPeer;
}

/**
 * Resumes no session and sends nothing early. Throws `tls-version-refused`, and `unreachable` where there is no connection or the
 * certificate is refused.
 */
export async function openTls(options: TlsConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  const { url, ca, mesh } = options;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  signal.throwIfAborted();
  const socket = connect({
    host,
    port: url.port === "" ? 443 : Number(url.port),
    ...(isIP(host) ? {} : { servername: host }),
    ALPNProtocols: [options.http === 2 ? "h2" : "http/1.1"],
    minVersion: "TLSv1.3",
    ecdhCurve: "X25519MLKEM768:X25519:prime256v1",
    // Not a byte of a request is sent before evidence has vouched for the key of this certificate and for this very connection.
    rejectUnauthorized: ca !== undefined,
    ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
    ...(mesh ? meshSettings(mesh()) : {}),
  });
  try {
    await once(socket, "secureConnect", { signal });
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    throw connectFailure(url.origin, error);
  }
  const version = socket.getProtocol();
  if (version === "TLSv1.3") return socket;
  socket.destroy();
  throw new SessionError("tls-version-refused", { where: url.origin, found: version ?? "no TLS" });
}

/** The client's end of an open connection. */
export function channelOf(socket: TLSSocket): Channel {
  return {
    spkiSha256() {
      const certificate = socket.getPeerX509Certificate();
      if (!certificate) throw new SessionError("certificate-mismatch", {});
      return createHash("sha256")
        .update(certificate.publicKey.export({ type: "spki", format: "der" }))
        .digest();
    },
    exporter: (label, context, length) => socket.exportKeyingMaterial(length, label, Buffer.from(context)),
  };
}

/** Mesh certificates name a process, not a host. */
function meshSettings({ certificate, privateKey, roots, peer }: MeshPeer): ConnectionOptions {
  return {
    cert: certificate,
    key: privateKey,
    ca: roots,
    rejectUnauthorized: true,
    checkServerIdentity(_, { subjectaltname = "" }) {
      const [name = "", ...others] = subjectaltname.split(", ");
      const is = name === `URI:${peer}` || (peer.endsWith("/") && name.startsWith(`URI:${peer}`));
      if (is && others.length === 0) return undefined;
      return new Error(`its certificate is for '${subjectaltname}', not for one of ${peer}`);
    },
  };
}

function connectFailure(where: string, error: unknown): SessionError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) {
    return new SessionError("tls-version-refused", { where, found: "an older version of TLS" }, error);
  }
  const reason =
    code === "ECONNREFUSED"
      ? "refuses the connection: is the server running there?"
      : `does not answer: ${reasonOf(error) || code}`;
  return new SessionError("unreachable", { where, reason }, error);
}
