// The attested half of a sealed exchange: opens requests that were sealed to its key, and seals the answers.
import { type Bytes, equalBytes } from "@sealserve/primitives";
import { SessionError } from "../session-error.ts";
import { ByteSource } from "./byte-source.ts";
import { openFrames, sealFrames } from "./chunk-frames.ts";
import { keyIdLength, keyIdOf } from "./key-id.ts";
import type { Admission, ReplayGuard } from "./replay-guard.ts";
import { responseCipher, responseNonceLength, responseSecretLabel } from "./response-cipher.ts";
import {
  encapsulatedLength,
  owned,
  type RequestContext,
  type ResponseContext,
  readTime,
  requestInfo,
  sealedHttpSuite,
  timeLength,
} from "./suite.ts";

export interface OpenedExchange {
  /** See `openFrames`: nothing may happen because of a part of it before its end was reached. */
  readonly plaintext: AsyncIterable<Bytes>;
  sealResponse(context: ResponseContext, plaintext: AsyncIterable<Bytes>): AsyncGenerator<Bytes>;
}

export interface SealedHttpKey {
  /** 32 bytes: what evidence names. */
  readonly publicKey: Bytes;
  /**
   * Throws `hpke-key-mismatch` where the request is for another key (attest again, once), `replayed`, `request-late`, `busy`, `stream-truncated`, and
   * `sealed-body-forged` for everything else: a bad key and a bad tag look alike.
   */
  open(context: RequestContext, body: AsyncIterable<Bytes>): Promise<OpenedExchange>;
}

/** A new key pair; its private half stays in the platform's key store. */
export async function createSealedHttpKey({ replays }: { readonly replays: ReplayGuard }): Promise<SealedHttpKey> {
  const suite = sealedHttpSuite();
  const pair = await suite.kem.generateKeyPair();
  const publicKey = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey));
  const id = await keyIdOf(publicKey);

  return {
    publicKey,
    async open(context, body) {
      const source = new ByteSource(body);
      if (!equalBytes(await source.take(keyIdLength), id)) throw new SessionError("hpke-key-mismatch", {});
      const encapsulated = await source.take(encapsulatedLength);
      const time = await source.take(timeLength);
      const recipient = await suite
        .createRecipientContext({
          recipientKey: pair,
          enc: owned(encapsulated),
          info: owned(requestInfo(context, time)),
        })
        .catch((error: unknown) => {
          throw new SessionError("sealed-body-forged", {}, error);
        });
      const secret = new Uint8Array(await recipient.export(owned(responseSecretLabel), 32));
      const open = async (sequence: number, data: Bytes, header: Bytes): Promise<Bytes> => {
        const chunk = new Uint8Array(await recipient.open(owned(data), owned(header)));
        // Only what is genuine is remembered: nobody can fill the memory with noise.
        if (sequence === 0) admitted(replays.admit(encapsulated, readTime(time)));
        return chunk;
      };
      return {
        plaintext: openFrames(source, open),
        async *sealResponse(responseContext, answer) {
          const nonce = crypto.getRandomValues(new Uint8Array(responseNonceLength));
          const cipher = await responseCipher({ secret, encapsulated }, nonce, responseContext, "encrypt");
          yield nonce;
          yield* sealFrames(answer, cipher);
        },
      };
    },
  };
}

function admitted(admission: Admission): void {
  switch (admission) {
    case "admitted":
      return;
    case "replayed":
      throw new SessionError("replayed", {});
    case "late":
      throw new SessionError("request-late", {});
    case "full":
      throw new SessionError("busy", {});
  }
}
