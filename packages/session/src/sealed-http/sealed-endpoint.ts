// Sealed bodies of the one endpoint that takes them, whole: every message there is one, so what surrounds it never differs.
import { type Bytes, concatBytes } from "@sealserve/primitives";
import { SessionError } from "../session-error.ts";
import type { SealedHttpKey } from "./open-exchange.ts";
import { sealExchange } from "./seal-exchange.ts";
import type { RequestContext, ResponseContext } from "./suite.ts";

/** What the listener and the client call the endpoint and its bodies; both ends bind it. */
export interface SealedEndpoint {
  readonly path: string;
  readonly requestType: string;
  readonly replyType: string;
}

/** Why a body was not opened; who sent one that is forged, cut off or malformed is not told which. */
export type OpenedBody =
  | { readonly kind: "opened"; readonly plaintext: Bytes; seal(reply: readonly Bytes[]): AsyncIterable<Bytes> }
  | { readonly kind: "another-key" }
  | { readonly kind: "replayed" | "late" | "busy" }
  | { readonly kind: "refused" };

/** The server's half. Fits the sealed endpoint of the protocols package. */
export function openSealedBodies(key: SealedHttpKey, endpoint: SealedEndpoint): (body: Bytes) => Promise<OpenedBody> {
  return async (body) => {
    try {
      const opened = await key.open(requestContext(endpoint), pieces([body]));
      const plaintext = await whole(opened.plaintext);
      const seal = (reply: readonly Bytes[]) => opened.sealResponse(responseContext(endpoint), pieces(reply));
      return { kind: "opened", plaintext, seal };
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (error.code === "hpke-key-mismatch") return { kind: "another-key" };
      if (error.code === "request-late") return { kind: "late" };
      return { kind: error.code === "replayed" || error.code === "busy" ? error.code : "refused" };
    }
  };
}

export interface SealedBody {
  readonly body: Bytes;
  /** Throws `sealed-body-malformed`, `sealed-body-forged` and `stream-truncated`. */
  openReply(body: Bytes): Promise<Bytes>;
}

/** The client's half. `hpkeKey`: from evidence that was verified, never from anywhere else. */
export async function sealBody(
  hpkeKey: Bytes,
  endpoint: SealedEndpoint,
  plaintext: readonly Bytes[],
  now: Date,
): Promise<SealedBody> {
  const exchange = await sealExchange(hpkeKey, requestContext(endpoint), pieces(plaintext), now);
  return {
    body: await whole(exchange.body),
    openReply: (reply) => whole(exchange.openResponse(pieces([reply]), responseContext(endpoint))),
  };
}

function requestContext({ path, requestType }: SealedEndpoint): RequestContext {
  return { method: "POST", target: path, contentType: requestType, model: "", tenant: "" };
}

function responseContext({ replyType }: SealedEndpoint): ResponseContext {
  return { status: 200, contentType: replyType };
}

async function* pieces(all: readonly Bytes[]): AsyncGenerator<Bytes> {
  yield* all;
}

async function whole(stream: AsyncIterable<Bytes>): Promise<Bytes> {
  const all: Bytes[] = [];
  for await (const piece of stream) all.push(piece);
  return concatBytes(all);
}
