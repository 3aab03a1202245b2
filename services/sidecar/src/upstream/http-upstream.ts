// Passes a request on to the upstream over HTTP/1.1, and its answer back; both as they come, neither faster than the slower end.
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import type { KeepsAuthorization } from "../door/authentication.ts";
import type { ClientCall } from "../door/client-call.ts";
import { requestHeaders, withoutConnection } from "../door/passed-headers.ts";
import { pipeWhole } from "../door/pipe-whole.ts";
import { refusals, refuse, tooLarge } from "../door/refusal.ts";

export interface HttpUpstreamOptions {
  readonly upstream: URL;
  readonly maxBodySize: number;
}

export interface HttpUpstreamParts {
  /** Whether the upstream may see the `authorization` among these headers; where it is ours, it may not. */
  readonly keepsAuthorization: KeepsAuthorization;
  /** The upstream could not be reached. */
  onUnreachable(): void;
}

/** Kept connections are given up after so many milliseconds without use: servers close them after five seconds, say, and without a word. */
const keptFor = 3_000;

/** Disposing closes the kept connections. */
export class HttpUpstream implements Disposable {
  readonly #options: HttpUpstreamOptions;
  readonly #parts: HttpUpstreamParts;
  readonly #agent = new Agent({ keepAlive: true, timeout: keptFor, scheduling: "lifo" });
  readonly #host: string;
  readonly #port: number;

  constructor(options: HttpUpstreamOptions, parts: HttpUpstreamParts) {
    this.#options = options;
    this.#parts = parts;
    this.#host = options.upstream.hostname.replace(/^\[|\]$/g, "");
    this.#port = Number(options.upstream.port === "" ? 80 : options.upstream.port);
  }

  forward(call: ClientCall): void {
    const limit = this.#options.maxBodySize;
    if (Number(call.headers["content-length"] ?? 0) > limit) {
      refuse(call, tooLarge(limit));
      return;
    }
    this.#send(call, false);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(call: ClientCall, again: boolean): void {
    const asked = httpRequest({
      agent: this.#agent,
      host: this.#host,
      port: this.#port,
      method: call.method,
      path: call.target,
      headers: this.#headersOf(call),
    });
    // Whoever leaves lets go of the upstream too.
    const gone = (): void => {
      if (!call.finished) asked.destroy();
    };
    call.reply.once("close", gone);
    asked.once("response", (answer) => this.#answer(call, asked, answer));
    asked.once("error", () => {
      call.reply.off("close", gone);
      // A kept connection that was closed as it was used: nothing of a request without a body was begun twice that must not be.
      const repeatable = !again && asked.reusedSocket && !call.hasBody && /^(GET|HEAD)$/.test(call.method);
      if (repeatable && !call.begun && !call.reply.destroyed) this.#send(call, true);
      else this.#failed(call);
    });
    if (!call.hasBody) {
      asked.end();
      return;
    }
    call.proceed();
    this.#pass(call, asked);
  }

  #failed(call: ClientCall): void {
    if (call.reply.destroyed || call.reply.writableEnded) return;
    this.#parts.onUnreachable();
    refuse(call, refusals.unreachable);
  }

  #headersOf(call: ClientCall): Record<string, string | string[] | number | undefined> {
    const keeps = this.#parts.keepsAuthorization(call.headers);
    const headers = requestHeaders(call.headers, { ...call, keepsAuthorization: keeps });
    headers["host"] = this.#options.upstream.host;
    // Framed anew: what the client said of its own connection is not passed on, and nothing is left to be guessed.
    if (!call.hasBody) {
      delete headers["content-length"];
      if (!/^(GET|HEAD|OPTIONS|DELETE)$/.test(call.method)) headers["content-length"] = 0;
    } else if (headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
    return headers;
  }

  #pass(call: ClientCall, asked: ClientRequest): void {
    const limit = this.#options.maxBodySize;
    let passed = 0;
    if (call.headers["content-length"] === undefined) {
      // Before `pipe`, so that what is too much is not passed on.
      call.body.on("data", (chunk: Uint8Array) => {
        passed += chunk.length;
        if (passed <= limit || asked.destroyed) return;
        call.body.unpipe(asked);
        asked.removeAllListeners("error").on("error", () => "ended here on purpose");
        asked.destroy();
        refuse(call, tooLarge(limit));
      });
    }
    if (call.stream) pipeWhole(call.stream, asked);
    else call.body.pipe(asked);
  }

  #answer(call: ClientCall, asked: ClientRequest, answer: IncomingMessage): void {
    if (call.reply.destroyed) {
      asked.destroy();
      return;
    }
    try {
      call.begin(answer.statusCode ?? 502, withoutConnection(answer.headers));
    } catch {
      // Such as a status that HTTP/2 does not have.
      asked.destroy();
      refuse(call, refusals.unreachable);
      return;
    }
    answer.pipe(call.reply, { end: false });
    answer.once("end", () => {
      if (answer.rawTrailers.length > 0) call.trailers(answer.trailers);
      call.reply.end();
    });
    // `end` never comes where the upstream broke off.
    answer.once("error", () => call.abort());
  }
}
