// The endpoint for sealed messages, as a protocol that stands beside others on its listener and asks them with what it opened.
import type { AnyInferenceError } from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import { toBase64Url } from "../http/base64.ts";
import type { HttpHeaders, HttpReply, HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Protocol } from "../http/protocol.ts";
import { readBinaryRequest, writeBinaryReply } from "./binary-message.ts";
import {
  meshHeader,
  modelSetHeader,
  type SealedHttpProblem,
  sealedHttpPath,
  sealedHttpStatuses,
  sealedReplyType,
  sealedRequestType,
} from "./routes.ts";

/** `refused`: forged, cut off or malformed; nobody is told which. */
export type OpenedRequest =
  | { readonly kind: "opened"; readonly plaintext: Bytes; seal(reply: readonly Bytes[]): AsyncIterable<Bytes> }
  | { readonly kind: "another-key" }
  | { readonly kind: "replayed" | "late" | "busy" }
  | { readonly kind: "refused" };

export interface SealedHttpParts {
  /** Opens a whole body; whoever sealed it can open what `seal` gives, and nobody else. */
  open(body: Bytes): Promise<OpenedRequest>;
  /** 32 bytes over what is loaded now. */
  modelSetDigest(): Bytes;
  /** 32 bytes of the mesh that the process is of now; left out or null: of none. */
  meshDigest?(): Bytes | null;
  /** The other protocols of the listener: whatever they answer, refusals included, of known length. Never rejects. */
  answer(request: HttpRequest, signal: AbortSignal): Promise<HttpReply & { readonly body: readonly Bytes[] }>;
}

const path = pathPattern(sealedHttpPath);

export function sealedHttp({ open, modelSetDigest, meshDigest, answer }: SealedHttpParts): Protocol {
  async function handle(outer: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    if (outer.headers["content-type"] !== sealedRequestType || outer.query !== "")
      return problem("sealed-request-refused");
    const opened = await open(outer.body);
    switch (opened.kind) {
      case "another-key":
        return problem("hpke-key-mismatch");
      case "replayed":
      case "busy":
        return problem(opened.kind);
      case "late":
        return problem("request-late");
      case "refused":
        return problem("sealed-request-refused");
      case "opened": {
        const request = readBinaryRequest(opened.plaintext);
        const { [modelSetHeader]: models, [meshHeader]: mesh, ...headers } = request.headers;
        if (!isStill(models, modelSetDigest()) || !isStill(mesh, meshDigest?.())) return problem("model-set-changed");
        const inner = { ...request, headers: { ...headers, ...ofPage(outer.headers) }, sealed: true } as const;
        const { status, headers: replied, body } = await answer(inner, signal);
        return sealedReply(opened.seal(writeBinaryReply(status, replied, body)));
      }
    }
  }

  return {
    name: "sealed-http",
    handlers: [{ name: "exchange", method: "POST", path, handle: (request, _, signal) => handle(request, signal) }],
    claims: (asked) => asked === sealedHttpPath,
    unmatched: () => errorReply(405, "method-not-allowed", `${sealedHttpPath} takes POST only`),
    refuse,
  };
}

/** Whether what a sender saw in evidence holds yet; one that says nothing of it does not care. */
function isStill(seen: string | undefined, now: Bytes | null | undefined): boolean {
  return seen === undefined || (now ? seen === toBase64Url(now) : false);
}

/** What a browser says outside of a page's request stays said: the page that wrote what is inside would not. */
function ofPage({ origin, "sec-fetch-site": site }: HttpHeaders): HttpHeaders {
  return { ...(origin === undefined ? {} : { origin }), ...(site === undefined ? {} : { "sec-fetch-site": site }) };
}

function sealedReply(body: AsyncIterable<Bytes>): HttpReply {
  return { status: 200, headers: { "content-type": sealedReplyType, "cache-control": "no-store" }, body };
}

/** A message that opens but is none tells its sender no more than one that does not open. */
function refuse(error: AnyInferenceError): HttpReply {
  switch (error.code) {
    case "malformed":
      return problem("sealed-request-refused");
    case "too-large":
      return errorReply(413, error.code, error.message);
    default:
      return errorReply(500, "internal", "the sealed request could not be answered");
  }
}

const sentences: Readonly<Record<SealedHttpProblem, string>> = {
  "hpke-key-mismatch": "the request is sealed to another key: ask for evidence again",
  "model-set-changed":
    "other models are loaded, or it is another mesh, than the evidence named: ask for evidence again",
  replayed: "this request was received before",
  "request-late": "the request was sealed too long ago, or by a clock that is ahead: compare clocks",
  busy: "too many sealed requests: try again in some minutes",
  "sealed-request-refused": "this is no request that was sealed for this endpoint",
};

function problem(code: SealedHttpProblem): HttpReply {
  return errorReply(sealedHttpStatuses[code], code, sentences[code]);
}

function errorReply(status: number, code: string, text: string): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: [utf8(JSON.stringify({ error: { code, message: text } }))],
  };
}
