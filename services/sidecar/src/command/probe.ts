// Whether the upstream takes requests: it answers at a path with a status that says so, or at least accepts connections.
import { request } from "node:http";
import { connect } from "node:net";

export interface ProbeOptions {
  readonly upstream: URL;
  /** Null: a connection is enough. */
  readonly ready: { readonly path: string; readonly statuses: readonly number[] } | null;
  /** Milliseconds. */
  readonly timeout: number;
}

export type Probe = () => Promise<boolean>;

export function upstreamProbe({ upstream, ready, timeout }: ProbeOptions): Probe {
  const host = upstream.hostname.replace(/^\[|\]$/g, "");
  const port = Number(upstream.port === "" ? 80 : upstream.port);
  if (ready === null) return () => accepts(host, port, timeout);
  return async () => ready.statuses.includes(await answers(host, port, ready.path, timeout));
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

/** Its status; 0: it does not answer. */
function answers(host: string, port: number, path: string, timeout: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path, agent: false, timeout }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once("error", () => resolve(0));
    asked.once("timeout", () => {
      asked.destroy();
      resolve(0);
    });
    asked.end();
  });
}
