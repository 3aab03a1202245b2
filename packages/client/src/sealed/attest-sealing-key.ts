// Asks a server for evidence of the key that requests may be sealed to; nothing but a nonce is sent.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, CodedError } from "@sealserve/primitives";
import { type AttestationDocument, attestationRoutes } from "@sealserve/protocols/attestation";
import { type AttestedPeer, nonceLength, SessionError, type Trust, verifyAnswer } from "@sealserve/session";
import { fetchFailure, readLimited } from "../read-limited.ts";

export interface AttestSealingKeyParts {
  readonly fetch: typeof fetch;
  readonly random: (length: number) => Bytes;
}

/** Evidence with certificates and collateral takes some tens of KiB. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Its evidence is bound to no connection: to the key alone. Throws `SessionError`, and what the verifier throws. */
export async function attestSealingKey(
  origin: URL,
  trust: Trust,
  { fetch, random }: AttestSealingKeyParts,
  signal: AbortSignal,
): Promise<AttestedPeer> {
  const nonce = random(nonceLength);
  const document = await ask(origin, nonce, fetch, signal);
  return verifyAnswer(document, { nonce, channel: null }, { ...trust, purpose: "sealed-http" }, signal);
}

async function ask(origin: URL, nonce: Bytes, send: typeof fetch, signal: AbortSignal): Promise<AttestationDocument> {
  const { attest } = attestationRoutes;
  const { path, body } = attest.writeRequest({ nonce, purpose: "sealed-http" });
  try {
    const { status, response } = await post(new URL(path, origin), "application/json", body, send, signal);
    if (status !== 200) throw new SessionError("not-attested", { where: origin.origin, status });
    return await attest.readReply({ status, headers: {}, body: await readLimited(response, maxAnswerBytes) });
  } catch (error) {
    if (error instanceof InferenceError) throw new SessionError("answer-malformed", { problem: error.message }, error);
    throw unreachable(origin, error, signal);
  }
}

/** Never past a redirect, and without whatever the platform would add to a request of its own. */
export async function post(
  url: URL,
  type: string,
  body: Bytes,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly response: Response }> {
  const response = await send(url, {
    ...{ method: "POST", headers: { "content-type": type }, body: new Uint8Array(body), signal },
    ...{ redirect: "manual", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" },
  });
  const { status } = response;
  if (response.type === "opaqueredirect" || (status >= 300 && status <= 399)) {
    throw new SessionError("redirected", { where: url.origin, status });
  }
  return { status, response };
}

/** Coded errors and a caller's own leaving as they are. */
export function unreachable({ origin }: URL, error: unknown, signal: AbortSignal): unknown {
  if (error instanceof CodedError || signal.aborted) return error;
  return new SessionError("unreachable", { where: origin, reason: fetchFailure(error) }, error);
}
