// Requests over kept connections to one process of the mesh: mutual TLS 1.3, and for each failure whether anything was sent.
import { InferenceError, isInferenceError } from "@sealserve/inference";
import type { HttpAnswer, HttpRequest } from "@sealserve/protocols";
import { originOf } from "../attested/origin.ts";
import type { MeshPeer } from "../attested/tls-connection.node.ts";
import type { StreamedAnswer, StreamingExchange } from "../streamed-answer.ts";
import { type MeshConnection, openMeshConnection } from "./mesh-connection.node.ts";

export interface MeshExchangeOptions {
  /** Scheme, host and port: https, or http where there is no `mesh`. */
  readonly url: string;
  /** Connections open at once; requests beyond wait for one. Default: 256. */
  readonly maxConnections?: number;
  /** For one connection to be open and its certificate accepted, in milliseconds. Default: 5 s. */
  readonly connectTimeout?: number;
  /** How long a connection takes new requests, in milliseconds; never beyond the certificates of its ends. Default: 10 minutes. */
  readonly maxAge?: number;
  /** Default: 1 GiB. */
  readonly maxAnswerBytes?: number;
}

export interface MeshExchangeParts {
  /** Asked for each new connection, so that a renewed certificate is used. Null: plaintext. */
  readonly mesh: (() => MeshPeer) | null;
  /** Milliseconds since 1970. */
  epoch(): number;
}

/** Disposing closes every connection; requests in flight fail. */
export interface MeshExchange extends StreamingExchange, AsyncDisposable {}

const defaults = {
  maxConnections: 256,
  connectTimeout: 5_000,
  maxAge: 600_000,
  maxAnswerBytes: 1024 ** 3,
};

/**
 * Opens nothing yet. No request is sent twice, whatever becomes of its connection. Throws `SessionError` `url-refused` where `url` is not a plain
 * origin of the scheme that `mesh` wants.
 */
export function openMeshExchange(options: MeshExchangeOptions, parts: MeshExchangeParts): MeshExchange {
  const url = originOf(options.url, parts.mesh ? /^https:$/ : /^http:$/);
  return new MeshPool({ ...defaults, ...options, url }, parts);
}

type PoolOptions = typeof defaults & { readonly url: URL };

class MeshPool implements MeshExchange {
  readonly origin: string;
  readonly #options: PoolOptions;
  readonly #parts: MeshExchangeParts;
  readonly #open = new Set<MeshConnection>();
  /** The one that was used last comes first, so that those too many grow old. */
  readonly #idle: MeshConnection[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  #opening = 0;

  constructor(options: PoolOptions, parts: MeshExchangeParts) {
    this.origin = options.url.origin;
    this.#options = options;
    this.#parts = parts;
  }

  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    return this.#onConnection(signal, (connection) => {
      const answer = connection.send(request, this.#options.maxAnswerBytes, signal);
      return { answer, over: answer };
    });
  }

  stream(request: HttpRequest, signal: AbortSignal): Promise<StreamedAnswer> {
    return this.#onConnection(signal, (connection) => {
      const { head, over } = connection.stream(request, signal);
      return { answer: head, over };
    });
  }

  /** A connection is free for others once what is asked on it is `over`. */
  async #onConnection<T>(
    signal: AbortSignal | undefined,
    ask: (connection: MeshConnection) => { readonly answer: Promise<T>; readonly over: Promise<unknown> },
  ): Promise<T> {
    for (;;) {
      const kept = this.#takeIdle();
      const connection = kept ?? (await this.#takeNew(signal));
      if (!connection) continue;
      const { answer, over } = ask(connection);
      const release = (): void => this.#release(connection);
      over.then(release, release);
      try {
        return await answer;
      } catch (error) {
        // The other end closed it while nobody used it: another connection may still be good.
        if (kept && isInferenceError(error) && error.code === "unreachable" && !error.facts.started) continue;
        throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await Promise.all([...this.#open].map((connection) => connection.close()));
  }

  #takeIdle(): MeshConnection | null {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.takesRequests(this.#parts.epoch())) return idle;
      this.#forget(idle);
    }
    return null;
  }

  /** Null: another one may have come back meanwhile. */
  async #takeNew(signal: AbortSignal | undefined): Promise<MeshConnection | null> {
    if (this.#closing.signal.aborted) throw this.#disconnected();
    if (signal?.aborted) throw new InferenceError("cancelled", {}, signal.reason);
    if (this.#open.size + this.#opening < this.#options.maxConnections) return this.#connect(signal);
    await this.#turn(signal);
    return null;
  }

  async #connect(signal: AbortSignal | undefined): Promise<MeshConnection> {
    const { url, connectTimeout, maxAge } = this.#options;
    const timeout = AbortSignal.timeout(connectTimeout);
    const until = AbortSignal.any([timeout, this.#closing.signal, ...(signal ? [signal] : [])]);
    this.#opening++;
    try {
      const connection = await openMeshConnection({ url, maxAge }, this.#parts, until);
      this.#open.add(connection);
      connection.onClose(() => this.#forget(connection));
      if (!this.#closing.signal.aborted) return connection;
      this.#forget(connection);
      throw this.#disconnected();
    } catch (error) {
      if (signal?.aborted) throw new InferenceError("cancelled", {}, error);
      if (this.#closing.signal.aborted) throw this.#disconnected();
      throw timeout.aborted ? this.#unreachable(`was not connected within ${connectTimeout} ms`, error) : error;
    } finally {
      this.#opening--;
      this.#wakeOne();
    }
  }

  #release(connection: MeshConnection): void {
    if (!this.#open.has(connection)) return;
    if (connection.takesRequests(this.#parts.epoch())) this.#idle.push(connection);
    else this.#forget(connection);
    this.#wakeOne();
  }

  #forget(connection: MeshConnection): void {
    if (!this.#open.delete(connection)) return;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    connection.close();
    this.#wakeOne();
  }

  /** Waits until a connection came back or went. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal?.addEventListener("abort", resolve as () => void, { once: true });
    return promise.finally(() => {
      this.#waiting.delete(resolve);
      signal?.removeEventListener("abort", resolve as () => void);
    });
  }

  #wakeOne(): void {
    for (const wake of this.#waiting) {
      this.#waiting.delete(wake);
      wake();
      return;
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #disconnected(): InferenceError {
    return this.#unreachable("was disconnected");
  }

  #unreachable(reason: string, cause?: unknown): InferenceError {
    return new InferenceError("unreachable", { where: this.origin, reason, started: false }, cause);
  }
}
