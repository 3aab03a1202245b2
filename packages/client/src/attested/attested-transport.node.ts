// fetch over attested connections to one server: each connection is attested before its first request.
import { Readable } from "node:stream";
import { type AttestedPeer, SessionError, type Trust } from "@sealserve/session";
import { type AttestedHttpConnection, attestConnection, type Random } from "./attest-connection.node.ts";
import { originOf } from "./origin.ts";
import type { TlsConnectionOptions } from "./tls-connection.node.ts";

export interface AttestedOptions extends Omit<TlsConnectionOptions, "url"> {
  /** How long, in milliseconds, a connection may be used after its evidence was verified. Default: an hour. */
  readonly maxAge?: number;
  /** Connections open at once; requests beyond wait. Default: 16. */
  readonly maxConnections?: number;
  /** For one connection to open and be attested, in milliseconds. Default: 30 s. */
  readonly connectTimeout?: number;
}

export interface AttestedParts {
  /** Default: the platform's generator. */
  readonly random?: Random;
  /** Told of each connection that was accepted. */
  onAttested?(peer: AttestedPeer): void;
}

/** Disposing closes every connection; requests in flight fail. */
export interface AttestedTransport extends AsyncDisposable {
  /**
   * As the platform's, but to this server only, with `Uint8Array` bodies, and never past a redirect. Rejects with `SessionError`,
   * `EvidenceError`, `CollateralError` or `PolicyError` where a new connection is refused: nothing of the request was sent then.
   */
  readonly fetch: typeof fetch;
  /** The peer of the newest connection. */
  readonly peer: AttestedPeer;
}

const defaults = { maxAge: 3_600_000, maxConnections: 16, connectTimeout: 30_000 };

/** Opens and attests a first connection. Throws as `fetch` does, and `url-refused` where `url` is not a plain https origin. */
export async function openAttested(
  url: string,
  trust: Trust,
  options: AttestedOptions = {},
  parts: AttestedParts = {},
): Promise<AttestedTransport> {
  const pool = new AttestedPool(originOf(url), trust, { ...defaults, ...options }, parts);
  pool.release(await pool.take(new AbortController().signal));
  return pool;
}

class AttestedPool implements AttestedTransport {
  readonly #origin: URL;
  readonly #trust: Trust;
  readonly #options: AttestedOptions & typeof defaults;
  readonly #parts: AttestedParts;
  readonly #open = new Set<AttestedHttpConnection>();
  readonly #idle: AttestedHttpConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #opening = 0;
  #newest: AttestedPeer | null = null;

  constructor(origin: URL, trust: Trust, options: AttestedOptions & typeof defaults, parts: AttestedParts) {
    this.#origin = origin;
    this.#trust = trust;
    this.#options = options;
    this.#parts = parts;
  }

  get peer(): AttestedPeer {
    if (!this.#newest) throw new Error("no connection was attested yet");
    return this.#newest;
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== this.#origin.origin) {
      throw new SessionError("url-refused", { expected: `on ${this.#origin.origin}`, found: url.origin });
    }
    const body = init.body ?? null;
    if (body !== null && !(body instanceof Uint8Array)) throw new TypeError("the body must be bytes");
    const signal = init.signal ?? new AbortController().signal;
    const connection = await this.take(signal);
    const headers = Object.fromEntries(new Headers(init.headers));
    const request = { method: init.method ?? "GET", path: url.pathname + url.search, headers, body };
    const message = await connection.http.send(request, signal);
    const status = message.statusCode ?? 0;
    const replied = new Headers();
    for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
      replied.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "");
    }
    const empty = status === 204 || status === 205 || request.method === "HEAD";
    if (empty) message.resume();
    return new Response(empty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>), {
      status,
      headers: replied,
    });
  };

  /** A connection for one request; it comes back by itself once its reply was read. */
  async take(signal: AbortSignal): Promise<AttestedHttpConnection> {
    for (;;) {
      signal.throwIfAborted();
      this.#closing.signal.throwIfAborted();
      const idle = this.#idle.pop();
      if (idle && this.#isFresh(idle)) return idle;
      if (idle) idle.http.close();
      else if (this.#open.size + this.#opening < this.#options.maxConnections) return this.#connect(signal);
      else await this.#turn(signal);
    }
  }

  release(connection: AttestedHttpConnection): void {
    if (!this.#open.has(connection) || this.#idle.includes(connection)) return;
    this.#idle.push(connection);
    this.#waiting.shift()?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new SessionError("unreachable", { where: this.#origin.origin, reason: "was disconnected" }));
    for (const { http } of this.#open) http.close();
  }

  async #connect(signal: AbortSignal): Promise<AttestedHttpConnection> {
    const { connectTimeout, ca, mesh } = this.#options;
    const { random, onAttested } = this.#parts;
    const until = AbortSignal.any([signal, this.#closing.signal, AbortSignal.timeout(connectTimeout)]);
    this.#opening++;
    try {
      const connection = await attestConnection(
        { url: this.#origin, ...(ca === undefined ? {} : { ca }), ...(mesh ? { mesh } : {}) },
        { trust: this.#trust, ...(random ? { random } : {}) },
        until,
      );
      this.#open.add(connection);
      connection.http.onIdle(() => this.release(connection));
      connection.http.onClose(() => this.#forget(connection));
      this.#newest = connection.peer;
      onAttested?.(connection.peer);
      return connection;
    } catch (error) {
      throw this.#timedOut(error, signal, until) ?? error;
    } finally {
      this.#opening--;
      this.#waiting.shift()?.();
    }
  }

  #timedOut(error: unknown, signal: AbortSignal, until: AbortSignal): SessionError | null {
    if (error !== until.reason || signal.aborted || this.#closing.signal.aborted) return null;
    const reason = `was not attested within ${this.#options.connectTimeout} ms`;
    return new SessionError("unreachable", { where: this.#origin.origin, reason }, error);
  }

  #isFresh({ http, peer }: AttestedHttpConnection): boolean {
    const now = this.#trust.now().getTime();
    const age = now - peer.at.getTime();
    // A clock that went back would let a connection live for ever: then nobody knows its age.
    return http.open && age >= 0 && age < this.#options.maxAge && now < peer.result.notAfter.getTime();
  }

  #forget(connection: AttestedHttpConnection): void {
    this.#open.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#waiting.shift()?.();
  }

  /** Waits until a connection came back or closed. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        const at = this.#waiting.indexOf(give);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(give);
    });
  }
}
