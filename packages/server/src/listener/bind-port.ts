// Where a server listens: whether it may, how it gets its port, and why it does not.
import type { Server } from "node:net";
import { reasonOf } from "@sealserve/primitives";
import { ListenerError } from "./listener-error.ts";
import type { TlsCredentials } from "./listener-options.ts";
import { isLoopback } from "./loopback.ts";

export interface Place {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly tls: TlsCredentials | null;
  readonly insecurePlaintext: boolean;
}

/** Throws `ListenerError` where requests and answers would cross a network unencrypted, and nobody has said that they may. */
export function checkPlaintext(listener: string, { host, tls, insecurePlaintext }: Place): void {
  if (!tls && !insecurePlaintext && !isLoopback(host)) {
    throw new ListenerError("plaintext-outside-loopback", { listener, host });
  }
}

/** The port that was taken. Throws `ListenerError`. */
export function bindPort(server: Server, listener: string, { host, port }: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(bindFailure(error, { listener, host, port })));
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}

export function urlOf({ host, tls }: Place, port: number): string {
  return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function bindFailure(
  error: NodeJS.ErrnoException,
  where: { listener: string; host: string; port: number },
): ListenerError {
  const reason = reasonOf(error);
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
