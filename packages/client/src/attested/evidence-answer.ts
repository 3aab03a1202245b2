// The answer to who asks for evidence, read whole within a bound, over whatever connection it comes.
import { InferenceError } from "@sealserve/inference";
import { concatBytes, reasonOf } from "@sealserve/primitives";
import { type AttestationDocument, attestationRoutes } from "@sealserve/protocols/attestation";
import { SessionError } from "@sealserve/session";

/** Evidence with certificates and collateral takes some tens of KiB. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Throws `SessionError` `unreachable`, `answer-malformed`, or the reason of `signal`. */
export async function readWhole(
  answer: AsyncIterable<Uint8Array>,
  where: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer) {
      length += chunk.length;
      if (length > maxAnswerBytes) {
        throw new SessionError("answer-malformed", { problem: `it has more than ${maxAnswerBytes} bytes` });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SessionError) throw error;
    throw new SessionError("unreachable", { where, reason: `broke off its answer: ${reasonOf(error)}` }, error);
  }
  return concatBytes(chunks);
}

/** What a listener answered with this status. Throws `SessionError` `answer-malformed`. */
export async function documentOf(status: number, body: Uint8Array): Promise<AttestationDocument> {
  try {
    return await attestationRoutes.attest.readReply({ status, headers: {}, body });
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    throw new SessionError("answer-malformed", { problem: error.message }, error);
  }
}
