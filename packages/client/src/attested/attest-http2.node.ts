// An attested HTTP/2 connection, for gRPC: opened, judged by the evidence that is given on it, and handed over only then.
import { type ClientHttp2Session, connect } from "node:http2";
import { attestationRoutes } from "@sealserve/protocols/attestation";
import { type AttestedPeer, bindingOf, nonceLength, SessionError, type Trust, verifyAnswer } from "@sealserve/session";
import { documentOf, readWhole } from "./evidence-answer.ts";
import { originOf } from "./origin.ts";
import { channelOf, openTls, type TlsConnectionOptions } from "./tls-connection.node.ts";

/** Disposing closes it. */
export interface AttestedHttp2 extends Disposable {
  /** Its calls go to what was verified, and to nothing else; it ends with the connection, and makes no other. */
  readonly session: ClientHttp2Session;
  readonly peer: AttestedPeer;
}

/**
 * Throws `SessionError`, and what the verifier throws: `EvidenceError`, `CollateralError`, `PolicyError`. Then the connection is closed, and nothing but
 * a nonce was sent on it. Of `options` a `ca` is asked for beside the evidence.
 */
export async function attestHttp2(
  url: string,
  trust: Trust,
  options: Pick<TlsConnectionOptions, "ca"> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<AttestedHttp2> {
  const origin = originOf(url);
  const socket = await openTls({ ...options, url: origin, http: 2 }, signal);
  const session = connect(origin, { createConnection: () => socket });
  // What ends it is told by whatever is asked on it.
  session.on("error", () => session.destroy());
  try {
    const nonce = crypto.getRandomValues(new Uint8Array(nonceLength));
    const document = await ask(session, origin, nonce, signal);
    const peer = await verifyAnswer(document, { nonce, channel: bindingOf(channelOf(socket), nonce) }, trust, signal);
    return { session, peer, [Symbol.dispose]: () => session.destroy() };
  } catch (error) {
    session.destroy();
    throw error;
  }
}

async function ask(session: ClientHttp2Session, { origin: where }: URL, nonce: Uint8Array, signal: AbortSignal) {
  const { attest } = attestationRoutes;
  const { method, path, headers, body } = attest.writeRequest({ nonce });
  const stream = session.request({ ...headers, ":method": method, ":path": path }, { signal });
  let status = 0;
  stream.on("response", (head) => {
    status = Number(head[":status"]);
  });
  stream.end(body);
  const answer = await readWhole(stream as AsyncIterable<Uint8Array>, where, signal);
  if (status !== 200) throw new SessionError("not-attested", { where, status });
  return documentOf(status, answer);
}
