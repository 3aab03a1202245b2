// fetch inside sealed bodies: for browsers, and behind proxies that end TLS. Only the attested process opens a request, only we its answer.
import { type Bytes, strictTextOf } from "@sealserve/primitives";
import type { HttpRequest } from "@sealserve/protocols";
import { toBase64Url } from "@sealserve/protocols/attestation";
import {
  meshHeader,
  modelSetHeader,
  readBinaryReply,
  sealedHttpPath,
  sealedReplyType,
  sealedRequestType,
  writeBinaryRequest,
} from "@sealserve/protocols/sealed-http";
import { type AttestedPeer, SessionError, sealBody, type Trust } from "@sealserve/session";
import { originOf } from "../attested/origin.ts";
import { readLimited } from "../read-limited.ts";
import { attestSealingKey, post, unreachable } from "./attest-sealing-key.ts";

export interface SealedOptions {
  /** How long, in milliseconds, a key may be used after its evidence was verified. Default: an hour. */
  readonly maxAge?: number;
  /** Largest sealed answer. Default: 1 GiB. */
  readonly maxAnswerBytes?: number;
}

export interface SealedParts {
  /** Default: the platform's own. */
  readonly fetch?: typeof fetch;
  /** Default: the platform's generator. */
  readonly random?: (length: number) => Bytes;
  /** Told of each piece of evidence that was accepted. */
  onAttested?(peer: AttestedPeer): void;
}

export interface SealedTransport {
  /**
   * As the platform's, but to this server only, with `Uint8Array` bodies: method, path, headers and body, both ways, are inside what is
   * sealed. Rejects with `SessionError`, `EvidenceError`, `CollateralError` or `PolicyError`; never sends anything in the clear.
   */
  readonly fetch: typeof fetch;
  /** What the newest evidence says. */
  readonly peer: AttestedPeer;
}

const endpoint = { path: sealedHttpPath, requestType: sealedRequestType, replyType: sealedReplyType };
const defaults = { maxAge: 3_600_000, maxAnswerBytes: 1024 ** 3 };

/**
 * Asks for evidence and verifies it. `url` is an origin, https or http: the seal does not need the TLS that a proxy ends. What the peer must
 * be for is `sealed-http`, whatever `trust` says. Throws as `fetch` does, and `url-refused`.
 */
export async function openSealed(
  url: string,
  trust: Trust,
  options: SealedOptions = {},
  parts: SealedParts = {},
): Promise<SealedTransport> {
  const transport = new Sealed(originOf(url, /^https?:$/), trust, { ...defaults, ...options }, parts);
  await transport.attested(new AbortController().signal);
  return transport;
}

class Sealed implements SealedTransport {
  readonly #origin: URL;
  readonly #trust: Trust;
  readonly #options: typeof defaults;
  readonly #parts: SealedParts & { readonly fetch: typeof fetch };
  #newest: AttestedPeer | null = null;
  /** What it says does not hold any more. */
  #outdated = true;
  #attesting: Promise<AttestedPeer> | null = null;

  constructor(origin: URL, trust: Trust, options: typeof defaults, parts: SealedParts) {
    this.#origin = origin;
    this.#trust = trust;
    this.#options = options;
    this.#parts = { ...parts, fetch: parts.fetch ?? fetch };
  }

  get peer(): AttestedPeer {
    if (!this.#newest) throw new Error("no key was attested yet");
    return this.#newest;
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== this.#origin.origin) {
      throw new SessionError("url-refused", { expected: `on ${this.#origin.origin}`, found: url.origin });
    }
    const body = init.body ?? new Uint8Array(0);
    if (!(body instanceof Uint8Array)) throw new TypeError("the body must be bytes");
    const headers = Object.fromEntries(new Headers(init.headers));
    const { method = "GET", signal } = init;
    const request = { method, path: url.pathname, query: url.search.slice(1), headers, body };
    return this.#exchange(request, signal ?? new AbortController().signal);
  };

  /** Evidence that holds; made anew where the last is outdated. Those who ask at once share one question. */
  async attested(signal: AbortSignal): Promise<AttestedPeer> {
    if (this.#newest && !this.#outdated && this.#isFresh(this.#newest)) return this.#newest;
    this.#attesting ??= this.#attest().finally(() => {
      this.#attesting = null;
    });
    const aborted = Promise.withResolvers<never>();
    const leave = (): void => aborted.reject(signal.reason);
    signal.addEventListener("abort", leave);
    try {
      signal.throwIfAborted();
      return await Promise.race([this.#attesting, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  async #attest(): Promise<AttestedPeer> {
    const { fetch, random = randomBytes, onAttested } = this.#parts;
    const signal = AbortSignal.timeout(30_000);
    const peer = await attestSealingKey(this.#origin, this.#trust, { fetch, random }, signal).catch((error) => {
      if (error !== signal.reason) throw error;
      const reason = "gave no evidence within 30 s";
      throw new SessionError("unreachable", { where: this.#origin.origin, reason }, error);
    });
    this.#newest = peer;
    this.#outdated = false;
    onAttested?.(peer);
    return peer;
  }

  /** Where the server says that what was attested is gone, evidence is asked for again: once, since nobody vouches for that either. */
  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    for (let again = true; ; again = false) {
      const peer = await this.attested(signal);
      const outcome = await this.#send(request, peer, signal);
      if (outcome instanceof Response) return outcome;
      const { code } = outcome;
      if (!again || (code !== "hpke-key-mismatch" && code !== "model-set-changed")) throw outcome;
      if (this.#newest === peer) this.#outdated = true;
    }
  }

  async #send(request: HttpRequest, { fields }: AttestedPeer, signal: AbortSignal): Promise<Response | SessionError> {
    const { hpkeKey, modelSetDigest, meshDigest } = fields;
    if (!hpkeKey) throw new SessionError("channel-unbound", {});
    const headers = {
      ...request.headers,
      [modelSetHeader]: toBase64Url(modelSetDigest),
      ...(meshDigest ? { [meshHeader]: toBase64Url(meshDigest) } : {}),
    };
    const sealed = await sealBody(hpkeKey, endpoint, writeBinaryRequest({ ...request, headers }), this.#trust.now());
    const { origin } = this.#origin;
    const { maxAnswerBytes } = this.#options;
    try {
      const url = new URL(sealedHttpPath, this.#origin);
      const { status, response } = await post(url, sealedRequestType, sealed.body, this.#parts.fetch, signal);
      const bytes = await readLimited(response, maxAnswerBytes);
      return status === 200 ? toResponse(await sealed.openReply(bytes)) : refusal(origin, status, bytes);
    } catch (error) {
      throw unreachable(this.#origin, error, signal);
    }
  }

  #isFresh({ at, result }: AttestedPeer): boolean {
    const now = this.#trust.now().getTime();
    const age = now - at.getTime();
    return age >= 0 && age < this.#options.maxAge && now < result.notAfter.getTime();
  }
}

function toResponse(plaintext: Bytes): Response {
  const { status, headers, body } = readBinaryReply(plaintext);
  const empty = status === 204 || status === 205 || status === 304;
  const fields = Object.entries(headers).map(([name, value = ""]): [string, string] => [name, value]);
  return new Response(empty ? null : new Uint8Array(body), { status, headers: fields });
}

/** What was said in the clear, by the server or by anyone before it: no more than a hint. */
function refusal(where: string, status: number, body: Bytes): SessionError {
  switch (codeIn(body)) {
    case "hpke-key-mismatch":
      return new SessionError("hpke-key-mismatch", {});
    case "model-set-changed":
      return new SessionError("model-set-changed", { where });
    case "replayed":
      return new SessionError("replayed", {});
    case "request-late":
      return new SessionError("request-late", {});
    case "busy":
      return new SessionError("busy", {});
    default:
      return new SessionError("sealed-request-refused", { where, status });
  }
}

function codeIn(body: Bytes): unknown {
  try {
    return JSON.parse(strictTextOf(body))?.error?.code;
  } catch {
    // Something else answered, such as a proxy: its status alone is told.
    return undefined;
  }
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
