// A load generator for gRPC: one connection of Node's HTTP/2, one prepared message, so many calls at once.
import { once } from "node:events";
import { connect } from "node:http2";
import type { Load, LoadResult } from "./raw-client.ts";

export interface GrpcLoad extends Pick<Load, "host" | "port" | "until"> {
  /** Such as `/package.Service/Method`. */
  readonly path: string;
  /** The message; it is framed here. */
  readonly message: Uint8Array;
  readonly calls: number;
}

/** Makes calls, so many of them at once, and counts what comes back. Throws where one does not end with the status OK. */
export async function runGrpcLoad({ host, port, path, message, calls, until }: GrpcLoad): Promise<LoadResult> {
  const session = connect(`http://${host}:${port}`, { settings: { enablePush: false, initialWindowSize: 1 << 20 } });
  await once(session, "connect");
  const frame = Buffer.concat([Buffer.alloc(5), message]);
  frame.writeUInt32BE(message.length, 1);
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const latencies: number[] = [];
  const started = performance.now();
  const over = (): boolean =>
    "answers" in until ? latencies.length >= until.answers : performance.now() - started >= until.seconds * 1000;
  const drive = async (): Promise<void> => {
    while (!over()) {
      const sent = performance.now();
      await call();
      latencies.push(performance.now() - sent);
    }
  };
  const call = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      let status: unknown = null;
      stream.on("response", (head) => (status = head["grpc-status"] ?? status));
      stream.on("trailers", (trailers) => (status = trailers["grpc-status"]));
      stream.on("close", () => (status === "0" ? resolve() : reject(new Error(`${path} ends with ${status}`))));
      stream.on("error", reject);
      stream.resume();
      stream.end(frame);
    });
  await Promise.all(Array.from({ length: calls }, drive));
  const seconds = (performance.now() - started) / 1000;
  session.close();
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
