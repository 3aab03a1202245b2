// Opens a connection, asks its other end for evidence on it, and gives it back only if that evidence is accepted.
import { type AttestationDocument, attestationRoutes } from "@sealserve/protocols/attestation";
import {
  type AttestedPeer,
  bindingOf,
  type ExpectedBinding,
  nonceLength,
  SessionError,
  type Trust,
  verifyAnswer,
} from "@sealserve/session";
import { HttpConnection } from "./connection-agent.node.ts";
import { documentOf, readWhole } from "./evidence-answer.ts";
import { channelOf, openTls, type TlsConnectionOptions } from "./tls-connection.node.ts";

export interface AttestedHttpConnection {
  readonly http: HttpConnection;
  readonly peer: AttestedPeer;
}

export interface AskedConnection {
  readonly http: HttpConnection;
  /** Not believed yet. */
  readonly document: AttestationDocument;
  /** What this end knows of the exchange. */
  readonly expected: ExpectedBinding;
}

export type Random = (length: number) => Uint8Array;

/**
 * Throws `SessionError`, and what the verifier throws: `EvidenceError`, `CollateralError`, `PolicyError`. Then the connection is closed,
 * and nothing but a nonce was sent on it.
 */
export async function attestConnection(
  options: TlsConnectionOptions,
  { trust, random }: { readonly trust: Trust; readonly random?: Random },
  signal: AbortSignal,
): Promise<AttestedHttpConnection> {
  const { http, document, expected } = await askConnection(options, { ...(random ? { random } : {}) }, signal);
  try {
    return { http, peer: await verifyAnswer(document, expected, trust, signal) };
  } catch (error) {
    http.close();
    throw error;
  }
}

/** Opens a connection and asks for evidence on it; whoever calls must judge and close it. Throws `SessionError`. */
export async function askConnection(
  options: TlsConnectionOptions,
  { random = randomBytes }: { readonly random?: Random },
  signal: AbortSignal,
): Promise<AskedConnection> {
  const socket = await openTls(options, signal);
  const http = new HttpConnection(options.url, socket);
  try {
    const nonce = random(nonceLength);
    const document = await askEvidence(http, options.url, nonce, signal);
    return { http, document, expected: { nonce, channel: bindingOf(channelOf(socket), nonce) } };
  } catch (error) {
    http.close();
    throw error;
  }
}

async function askEvidence(
  http: HttpConnection,
  url: URL,
  nonce: Uint8Array,
  signal: AbortSignal,
): Promise<AttestationDocument> {
  const { attest } = attestationRoutes;
  const idle = Promise.withResolvers<void>();
  http.onIdle(idle.resolve);
  http.onClose(() =>
    idle.reject(new SessionError("unreachable", { where: url.origin, reason: "closed the connection" })),
  );
  idle.promise.catch(() => {});
  const { method, path, headers, body } = attest.writeRequest({ nonce });
  const message = await http.send({ method, path, headers: headers as Record<string, string>, body }, signal);
  const status = message.statusCode ?? 0;
  if (status !== 200) throw new SessionError("not-attested", { where: url.origin, status });
  const answer = await readWhole(message as AsyncIterable<Uint8Array>, url.origin, signal);
  // Only a connection that stays can carry what comes after.
  await idle.promise;
  return documentOf(status, answer);
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
