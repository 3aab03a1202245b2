// A load generator that costs little beside the server it measures: raw sockets, one prepared request, counted answers.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface Load {
  readonly host: string;
  readonly port: number;
  /** Over TLS, to whoever answers; with a certificate in PEM where one is wanted. */
  readonly tls?: true | { readonly cert: string; readonly key: string };
  /** The whole HTTP/1.1 request; its answers all have one length. */
  readonly request: Uint8Array;
  readonly connections: number;
  /** Stops after this many answers, or after this many seconds. */
  readonly until: { readonly answers: number } | { readonly seconds: number };
}

export interface LoadResult {
  readonly answers: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Milliseconds, ascending by share. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** Builds a POST with these headers. */
export function post(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const lines = Object.entries({ host: "bench", ...headers, "content-length": String(body.length) });
  const head = `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Sends `load` and counts what comes back. Throws where an answer is not a 200. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  const started = performance.now();
  const over = (): boolean =>
    "answers" in load.until
      ? latencies.length >= load.until.answers
      : performance.now() - started >= load.until.seconds * 1000;
  await Promise.all(Array.from({ length: load.connections }, () => drive(load, over, latencies)));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    answers: latencies.length,
    seconds,
    perSecond: latencies.length / seconds,
    latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

/** One connection: sends, waits for the whole answer, sends again. */
function drive(load: Load, over: () => boolean, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const { host, port } = load;
    const socket: Socket = load.tls
      ? connectTls({ host, port, rejectUnauthorized: false, ...(load.tls === true ? {} : load.tls) })
      : connect(port, host);
    socket.setNoDelay(true);
    let expected = 0;
    let received = 0;
    let sent = 0;
    const send = (): void => {
      if (over()) {
        socket.end();
        resolve();
        return;
      }
      received = 0;
      sent = performance.now();
      socket.write(load.request);
    };
    socket.on(load.tls ? "secureConnect" : "connect", send);
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      if (received === 0) {
        const end = chunk.indexOf("\r\n\r\n");
        const head = chunk.toString("latin1", 0, end);
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        if (!head.startsWith("HTTP/1.1 200") || end < 0 || length === undefined) {
          reject(new Error(`the answer begins with: ${chunk.toString("latin1", 0, 300)}`));
          socket.destroy();
          return;
        }
        expected = end + 4 + Number(length);
      }
      received += chunk.length;
      if (received < expected) return;
      latencies.push(performance.now() - sent);
      send();
    });
  });
}
