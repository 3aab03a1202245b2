// Whether the upstream takes requests: it answers 200 at a path, or at least accepts connections.
import { request } from "node:http";
import { connect } from "node:net";

export interface ProbeOptions {
  readonly upstream: URL;
  /** Null: a connection is enough. */
  readonly path: string | null;
  /** Milliseconds. */
  readonly timeout: number;
}

export type Probe = () => Promise<boolean>;

export function upstreamProbe({ upstream, path, timeout }: ProbeOptions): Probe {
  const host = upstream.hostname.replace(/^\[|\]$/g, "");
  const port = Number(upstream.port === "" ? 80 : upstream.port);
  if (path === null) return () => accepts(host, port, timeout);
  return () => answers(host, port, path, timeout);
}

function accepts(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

function answers(host: string, port: number, path: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path, agent: false, timeout }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once("error", () => resolve(false));
    asked.once("timeout", () => {
      asked.destroy();
      resolve(false);
    });
    asked.end();
  });
}
