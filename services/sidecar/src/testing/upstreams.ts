// For tests: upstreams over HTTP/1.1 and HTTP/2 on loopback, and clients of a door whose certificate nobody vouches for.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer as createHttp2Server,
  type IncomingHttpHeaders as Http2Headers,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { type RequestOptions, request } from "node:https";
import { buffer } from "node:stream/consumers";

export interface Upstream extends AsyncDisposable {
  readonly port: number;
}

export async function httpUpstream(answer: RequestListener): Promise<Upstream & { readonly server: Server }> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function grpcUpstream(
  serve: (stream: ServerHttp2Stream, headers: Http2Headers) => void,
): Promise<Upstream> {
  const server = createHttp2Server();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => "a test may break it off");
    serve(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

function portOf(server: { address(): unknown }): number {
  return Number(Object(server.address()).port);
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** Over HTTP/1.1. */
export async function ask(url: string, options: RequestOptions = {}, body?: string | Uint8Array): Promise<Answered> {
  const asked = request(url, { agent: false, rejectUnauthorized: false, ...options });
  asked.end(body);
  const [answer] = await once(asked, "response");
  const received = await buffer(answer);
  const { statusCode: status, headers, trailers } = answer;
  return { status, headers, trailers, body: received, text: received.toString() };
}

export interface Http2Client extends AsyncDisposable {
  readonly session: ClientHttp2Session;
  call(headers: OutgoingHttpHeaders): ClientHttp2Stream;
}

export async function http2Client(url: string): Promise<Http2Client> {
  const session = connect(url, { rejectUnauthorized: false });
  await once(session, "connect");
  return {
    session,
    call(headers) {
      const stream = session.request(headers, { endStream: false });
      stream.on("error", () => "a test may break it off");
      return stream;
    },
    async [Symbol.asyncDispose]() {
      session.destroy();
    },
  };
}

/** The whole answer to a call whose request is ended by somebody. */
export async function answerTo(stream: ClientHttp2Stream): Promise<Answered> {
  let [headers, trailers]: [Http2Headers, Http2Headers] = [{}, {}];
  stream.once("response", (given) => (headers = given));
  stream.once("trailers", (given) => (trailers = given));
  const body = await buffer(stream);
  return { status: Number(headers[":status"]), headers, trailers, body, text: body.toString() };
}
