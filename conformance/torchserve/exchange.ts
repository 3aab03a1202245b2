// Sends one row's request over a connection of its own and takes whatever comes back, broken or not.
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { grpcExchange } from "./grpc-exchange.ts";
import type { Row } from "./row.ts";
import type { WireAnswer } from "./wire-answer.ts";

/** `base` is the listener's URL; `fill` puts what is known only now into paths and headers. */
export async function exchange(row: Row, base: string, fill: (text: string) => string): Promise<readonly WireAnswer[]> {
  const { call, raw: bytes } = row;
  const ask = (): Promise<WireAnswer> => {
    if (call !== null) return grpcExchange(row, call, base, fill);
    return bytes === null ? ordinary(row, base, fill) : raw(bytes, base);
  };
  return await Promise.all(Array.from({ length: row.times }, ask));
}

async function ordinary(row: Row, base: string, fill: (text: string) => string): Promise<WireAnswer> {
  const { hostname, port } = new URL(base);
  const started = performance.now();
  // Kept alive, so that the answer's own wish to close shows.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = Object.fromEntries(Object.entries(row.headers).map(([name, value]) => [name, fill(value)]));
  const { promise, resolve } = Promise.withResolvers<WireAnswer>();
  const chunks: Buffer[] = [];
  let answer: IncomingMessage | null = null;
  const done = (broken: string | null): void => {
    resolve({
      status: answer?.statusCode ?? 0,
      reason: answer?.statusMessage ?? "",
      headers: pairs(answer?.rawHeaders ?? []),
      body: Buffer.concat(chunks),
      broken,
      took: performance.now() - started,
    });
  };
  const sent = request(
    {
      agent,
      hostname,
      port,
      method: row.method,
      path: fill(row.path),
      headers: { ...headers, ...(row.body === null ? {} : { "Content-Length": Buffer.byteLength(row.body) }) },
      // Answers that bend HTTP are to be seen, not refused.
      insecureHTTPParser: true,
      timeout: row.limit,
    },
    (message) => {
      answer = message;
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("end", () => done(null));
      message.on("error", (error) => done(codeOf(error)));
    },
  );
  sent.on("error", (error) => {
    // An answer that has begun tells its own end.
    if (answer === null) done(codeOf(error));
  });
  sent.on("timeout", () => sent.destroy(new Error(`no answer within ${row.limit} ms`)));
  sent.end(row.body ?? undefined);
  try {
    return await promise;
  } finally {
    agent.destroy();
  }
}

/** Writes `text`; what has come when the server closes, or when it has been silent for half a second, is the answer. */
async function raw(text: string, base: string): Promise<WireAnswer> {
  const { hostname, port } = new URL(base);
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const chunks: Buffer[] = [];
  const socket = connect(Number(port), hostname);
  socket.setTimeout(500, () => resolve(null));
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("end", () => resolve(null));
  socket.on("error", (error) => resolve(codeOf(error)));
  socket.write(text.replace(/\r?\n/g, "\r\n"), "latin1");
  const broken = await promise;
  const took = performance.now() - started;
  socket.destroy();
  return { ...parsed(Buffer.concat(chunks)), broken: chunks.length === 0 ? (broken ?? "nothing came") : broken, took };
}

function parsed(bytes: Buffer): Pick<WireAnswer, "status" | "reason" | "headers" | "body"> {
  const gap = bytes.indexOf("\r\n\r\n");
  const [line = "", ...lines] = bytes.toString("latin1", 0, gap < 0 ? bytes.length : gap).split("\r\n");
  const [, status = "0", reason = ""] = /^HTTP\/1\.[01] (\d+) ?(.*)$/.exec(line) ?? [];
  const body = gap < 0 ? Buffer.alloc(0) : bytes.subarray(gap + 4);
  // What follows leave to go on is the answer.
  if (status === "100" && body.length > 0) return parsed(body);
  return { status: Number(status), reason, headers: lines.map((header) => split(header)), body };
}

function split(header: string): readonly [string, string] {
  const colon = header.indexOf(":");
  return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
}

function pairs(raw: readonly string[]): WireAnswer["headers"] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? ""] as const] : []));
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.message;
}
