// One connection to a process of the mesh: opened once, its peer checked, then one request after another.
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { InferenceError, isInferenceError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { HttpAnswer, HttpRequest } from "@sealserve/protocols";
import { SessionError } from "@sealserve/session";
import { Client, type Dispatcher } from "undici";
import { type MeshPeer, openTls } from "../attested/tls-connection.node.ts";
import { FlowingAnswer } from "./flowing-answer.node.ts";
import { OneAnswer } from "./one-answer.node.ts";

export interface MeshConnectionOptions {
  readonly url: URL;
  /** Milliseconds. */
  readonly maxAge: number;
}

export interface MeshConnectionParts {
  /** Null: plaintext. */
  readonly mesh: (() => MeshPeer) | null;
  epoch(): number;
}

/** Milliseconds before the first probe of a silent connection. */
const probeAfter = 15_000;

/** What any server of Open Inference answers to whom it lets in. */
const greeting: HttpRequest = {
  method: "GET",
  path: "/v2/health/live",
  query: "",
  headers: {},
  body: new Uint8Array(0),
};
const maxGreetingBytes = 64 * 1024;

/**
 * In TLS 1.3 a server judges its client's certificate when the client may already send. So each new connection begins with a call that anybody may
 * lose: once it is answered, this end is let in, and what fails before that was not started. Kept connections cost nothing more. Throws
 * `unreachable`, not started, also where either end refuses the other; and the reason of `signal`.
 */
export async function openMeshConnection(
  { url, maxAge }: MeshConnectionOptions,
  { mesh, epoch }: MeshConnectionParts,
  signal: AbortSignal,
): Promise<MeshConnection> {
  const own = mesh?.() ?? null;
  let socket: Socket;
  try {
    socket = own ? await openTls({ url, mesh: () => own }, signal) : await openPlain(url, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw unreachable(url, whyNot(error), error);
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, probeAfter);
  const from = epoch();
  const connection = new MeshConnection(url, socket, {
    from,
    to: Math.min(from + maxAge, own ? endOf(own, socket) : Infinity),
  });
  if (own) await greet(connection, url, signal);
  return connection;
}

async function greet(connection: MeshConnection, url: URL, signal: AbortSignal): Promise<void> {
  try {
    const { status } = await connection.send(greeting, maxGreetingBytes, signal);
    if (status === 401 || status === 403) throw new Error(`it answers with status ${status}`);
  } catch (error) {
    await connection.close();
    if (signal.aborted) throw signal.reason;
    // An error of inference as the cause would say that the other end refused a request, and is well.
    const why = isInferenceError(error) ? (error.cause ?? error) : error;
    throw unreachable(url, `does not let this process in: ${reasonOf(why)}`, why);
  }
}

/** Hands its one socket to `undici` once: what was lost on it can never be sent again on another. */
export class MeshConnection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #url: URL;
  readonly #times: { readonly from: number; readonly to: number };

  constructor(url: URL, socket: Socket, times: { readonly from: number; readonly to: number }) {
    let unused: Socket | null = socket;
    this.#url = url;
    this.#socket = socket;
    this.#times = times;
    this.#client = new Client(url, {
      pipelining: 1,
      allowH2: false,
      // How long an answer may take is for whoever asks to say.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 60_000,
      connect: (_, callback) => {
        const given = unused;
        unused = null;
        // The client does not expect to be called back while it calls.
        queueMicrotask(() => {
          if (given && !given.destroyed) callback(null, given);
          else callback(new Error("the connection was closed"), null);
        });
      },
    });
  }

  takesRequests(now: number): boolean {
    const { from, to } = this.#times;
    // Where the clock went back, nobody knows the age of anything.
    return !this.#socket.destroyed && this.#socket.writable && now >= from && now < to;
  }

  onClose(act: () => void): void {
    if (this.#socket.destroyed) act();
    else this.#socket.once("close", act);
  }

  /** Throws `cancelled`, `too-large`, `unreachable`. */
  send(request: HttpRequest, maxAnswerBytes: number, signal?: AbortSignal): Promise<HttpAnswer> {
    const answer = new OneAnswer({ where: this.#url.origin, maxAnswerBytes }, signal);
    this.#dispatch(request, answer);
    return answer.promise;
  }

  /** It takes no other request until the answer is over. */
  stream(request: HttpRequest, signal: AbortSignal): FlowingAnswer {
    const answer = new FlowingAnswer({ where: this.#url.origin }, signal);
    this.#dispatch(request, answer);
    return answer;
  }

  #dispatch(request: HttpRequest, answer: Dispatcher.DispatchHandler): void {
    const { method, path, query, headers, body } = request;
    this.#client.dispatch(
      {
        method: method as "POST",
        path: query === "" ? path : `${path}?${query}`,
        headers,
        body: body.length === 0 && method === "GET" ? null : body,
      },
      answer,
    );
  }

  async close(): Promise<void> {
    await this.#client.destroy();
    this.#socket.destroy();
  }
}

async function openPlain(url: URL, signal: AbortSignal): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const socket = connect({ host, port: url.port === "" ? 80 : Number(url.port) });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** When the first of both ends' certificates ends: from then on neither says who it is. */
function endOf({ certificate }: MeshPeer, socket: Socket): number {
  const theirs = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const ends = [new X509Certificate(certificate), ...(theirs ? [theirs] : [])];
  return Math.min(...ends.map(({ validToDate }) => validToDate.getTime()));
}

function whyNot(error: unknown): string {
  if (error instanceof SessionError && error.code === "unreachable")
    return (error as SessionError<"unreachable">).facts.reason;
  const refused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  return refused ? "refuses the connection: is the server running there?" : `does not answer: ${reasonOf(error)}`;
}

function unreachable({ origin: where }: URL, reason: string, cause: unknown): InferenceError {
  return new InferenceError("unreachable", { where, reason, started: false }, cause);
}
