// What becomes of a request: answered here, refused with a sentence, or passed on.
import type { HttpReply, HttpRequest } from "@sealserve/protocols";
import type { GrpcUpstream } from "../upstream/grpc-upstream.ts";
import type { HttpUpstream } from "../upstream/http-upstream.ts";
import type { MayCall } from "./authentication.ts";
import type { ClientCall } from "./client-call.ts";
import { kindOf, type ProtocolPaths } from "./protocol-paths.ts";
import { isGrpc, notReady, type Refusal, refusals, refuse, tooLarge } from "./refusal.ts";

export interface ProxyOptions {
  readonly paths: ProtocolPaths;
  /** Whether calls that manage the upstream are let through. */
  readonly management: boolean;
}

/** An answer of our own at one path. */
export interface OwnPath {
  readonly path: string;
  answer(request: HttpRequest): Promise<HttpReply>;
}

export interface ProxyParts {
  readonly http: HttpUpstream;
  /** Null: the upstream speaks none. */
  readonly grpc: GrpcUpstream | null;
  readonly mayCall: MayCall;
  /** Answered for everybody, before anything is asked of a client. */
  readonly own: readonly OwnPath[];
  /** Null: requests may come; else why not. */
  notReady(): string | null;
  /** Null: health is told as it is; else why this process is leaving. */
  leaving(): string | null;
  readonly tally: ProxyTally;
}

/** What metrics count. */
export class ProxyTally {
  passed = 0;
  refused = 0;
}

/** Bodies of requests to our own paths: a nonce. */
const ownBodyLimit = 64 * 1024;

export class RequestProxy {
  readonly #options: ProxyOptions;
  readonly #parts: ProxyParts;

  constructor(options: ProxyOptions, parts: ProxyParts) {
    this.#options = options;
    this.#parts = parts;
  }

  take(call: ClientCall): void {
    const mark = call.target.indexOf("?");
    const path = mark < 0 ? call.target : call.target.slice(0, mark);
    const { own, tally, http, grpc } = this.#parts;
    const mine = own.find((each) => each.path === path);
    if (mine) {
      this.#answer(call, mine).catch(() => call.abort());
      return;
    }
    const refusal = this.#refusal(call, path);
    if (refusal) {
      tally.refused++;
      refuse(call, refusal);
      return;
    }
    tally.passed++;
    if (call.stream && grpc && isGrpc(call)) grpc.forward(call, call.stream);
    else http.forward(call);
  }

  #refusal(call: ClientCall, path: string): Refusal | null {
    const { mayCall, grpc, notReady: why, leaving } = this.#parts;
    const { paths, management } = this.#options;
    if (!mayCall(call)) return refusals.unauthorized;
    if (/websocket/i.test(call.headers.upgrade ?? "") || call.method === "CONNECT") return refusals.websocket;
    const kind = kindOf(paths, call.method, path);
    if (kind === "unknown") return refusals.unknown;
    if (kind === "management" && !management) return refusals.management;
    if (isGrpc(call) && grpc === null) return refusals.noGrpc;
    const reason = why() ?? (path === paths.ready?.path ? leaving() : null);
    return reason === null ? null : notReady(reason);
  }

  async #answer(call: ClientCall, { path, answer }: OwnPath): Promise<void> {
    const { method, headers, channel, peer } = call;
    call.proceed();
    const body = await bodyOf(call);
    if (body === null) {
      refuse(call, tooLarge(ownBodyLimit));
      return;
    }
    const request: HttpRequest = { method, path, query: "", headers: single(headers), body, peer };
    const reply = await answer(channel ? { ...request, channel } : request);
    const chunks: Uint8Array[] = [];
    for await (const chunk of reply.body) chunks.push(chunk);
    const all = Buffer.concat(chunks);
    call.begin(reply.status, { ...reply.headers, "content-length": all.length });
    call.reply.end(all);
  }
}

/** Null: it is too long. */
async function bodyOf({ body }: ClientCall): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > ownBodyLimit) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function single(headers: ClientCall["headers"]): HttpRequest["headers"] {
  const pairs = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]);
  return Object.fromEntries(pairs);
}
