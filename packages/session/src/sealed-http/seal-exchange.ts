// The client's half of a sealed exchange: a request only the attested key opens, a response only this client opens.
import { type Bytes, concatBytes } from "@sealserve/primitives";
import { ByteSource } from "./byte-source.ts";
import { openFrames, sealFrames } from "./chunk-frames.ts";
import { keyIdOf } from "./key-id.ts";
import { responseCipher, responseNonceLength, responseSecretLabel } from "./response-cipher.ts";
import { owned, type RequestContext, type ResponseContext, requestInfo, sealedHttpSuite, writeTime } from "./suite.ts";

export interface SealedExchange {
  /** What is sent: the key's id, the encapsulated key, the time, and the sealed chunks. */
  readonly body: AsyncIterable<Bytes>;
  /** The plaintext of the answer; see `openFrames`. An answer without a nonce, such as a proxy's page, is `stream-truncated` or forged. */
  openResponse(body: AsyncIterable<Bytes>, context: ResponseContext): AsyncGenerator<Bytes>;
}

/** `hpkeKey`: from evidence that was verified, never from anywhere else. `now`: nobody opens it long before or after. */
export async function sealExchange(
  hpkeKey: Bytes,
  context: RequestContext,
  plaintext: AsyncIterable<Bytes>,
  now: Date,
): Promise<SealedExchange> {
  const suite = sealedHttpSuite();
  const recipientPublicKey = await suite.kem.deserializePublicKey(owned(hpkeKey));
  const time = writeTime(now.getTime());
  const sender = await suite.createSenderContext({ recipientPublicKey, info: owned(requestInfo(context, time)) });
  const encapsulated = new Uint8Array(sender.enc);
  const secret = new Uint8Array(await sender.export(owned(responseSecretLabel), 32));
  const head = concatBytes([await keyIdOf(hpkeKey), encapsulated, time]);

  async function* body(): AsyncGenerator<Bytes> {
    yield head;
    yield* sealFrames(
      plaintext,
      async (_, data, header) => new Uint8Array(await sender.seal(owned(data), owned(header))),
    );
  }

  return {
    body: body(),
    async *openResponse(response, responseContext) {
      const source = new ByteSource(response);
      const nonce = await source.take(responseNonceLength);
      const cipher = await responseCipher({ secret, encapsulated }, nonce, responseContext, "decrypt");
      yield* openFrames(source, cipher);
    },
  };
}
