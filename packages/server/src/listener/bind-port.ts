// Where a server listens: whether it may, how it gets its port or its socket, and why it does not.
import { lstat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { reasonOf } from "@sealserve/primitives";
import { ListenerError } from "./listener-error.ts";
import type { TlsCredentials } from "./listener-options.ts";
import { isLoopback } from "./loopback.ts";

export interface Place {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** A socket in the file system, in place of host and port. */
  readonly path?: string;
  readonly tls: TlsCredentials | null;
  readonly insecurePlaintext: boolean;
}

/** Throws `ListenerError` where requests and answers would cross a network unencrypted, and nobody has said that they may. */
export function checkPlaintext(listener: string, { host, path, tls, insecurePlaintext }: Place): void {
  if (path === undefined && !tls && !insecurePlaintext && !isLoopback(host)) {
    throw new ListenerError("plaintext-outside-loopback", { listener, host });
  }
}

/** The port that was taken; 0 for a socket in the file system. Throws `ListenerError`. */
export async function bindPort(server: Server, listener: string, place: Place): Promise<number> {
  const { path } = place;
  if (path !== undefined) await removeAbandoned(path);
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(bindFailure(error, listener, place)));
    const { host, port } = place;
    const listen = (): Server =>
      server.listen(path === undefined ? { host, port } : { path }, () => {
        const address = server.address();
        resolve(address !== null && typeof address === "object" ? address.port : port);
      });
    if (path === undefined) listen();
    else withoutOthers(listen);
  });
}

/** Calls `make`, of which no other user than this one's and its group's may use the files. */
function withoutOthers(make: () => void): void {
  const usual = process.umask();
  process.umask(usual | 0o007);
  try {
    make();
  } finally {
    process.umask(usual);
  }
}

/** A process that was killed leaves its socket behind; whatever else lies there is left alone, and in the way. */
async function removeAbandoned(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket() && (await isAbandoned(path))) await unlink(path);
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const trial = connect({ path });
    trial.once("connect", () => {
      trial.destroy();
      resolve(false);
    });
    trial.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}

/** Such as `http://[::1]:8080`, or `unix:/run/a.sock`. */
export function urlOf({ host, path, tls }: Place, port: number): string {
  if (path !== undefined) return `unix:${path}`;
  return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function bindFailure(error: NodeJS.ErrnoException, listener: string, { host, port, path }: Place): ListenerError {
  const reason = reasonOf(error);
  if (path !== undefined) return new ListenerError("socket-failed", { listener, path, reason }, error);
  const where = { listener, host, port };
  switch (error.code) {
    case "EADDRINUSE":
      return new ListenerError("port-in-use", where, error);
    case "EACCES":
      return new ListenerError("port-forbidden", where, error);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ListenerError("host-unavailable", { ...where, reason }, error);
    default:
      return new ListenerError("listen-failed", { ...where, reason }, error);
  }
}
