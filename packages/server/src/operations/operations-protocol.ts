// Health and metrics of a process, on a listener of their own: for the machine that it runs on, not for its clients.
import { utf8 } from "@sealserve/primitives";
import { type HttpReply, type Protocol, pathPattern, type RouteHandler } from "@sealserve/protocols";

export interface OperationsParts {
  /** Whether requests may come; false while it starts and while it drains. */
  ready(): boolean;
  /** Why it is not ready, for whoever reads the answer. */
  reason(): string;
  /** Prometheus' text format 0.0.4. */
  metrics(): Promise<string>;
}

/** `/healthz`: the process runs · `/readyz`: requests may come · `/metrics`. `name`: the listener's path in the configuration. */
export function operationsProtocol(name: string, { ready, reason, metrics }: OperationsParts): Protocol {
  const handlers: readonly RouteHandler[] = [
    get("healthz", async () => plain(200, "ok\n")),
    get("readyz", async () => (ready() ? plain(200, "ready\n") : plain(503, `not ready: ${reason()}\n`))),
    get("metrics", async () => plain(200, await metrics(), "text/plain; version=0.0.4; charset=utf-8")),
  ];
  return {
    name,
    handlers,
    claims: () => false,
    unmatched({ path }) {
      const known = handlers.some((handler) => handler.path.accepts(path));
      return known ? plain(405, "method not allowed\n") : plain(404, "not found\n");
    },
    refuse: (error) => plain(error.code === "too-large" ? 413 : 500, `${error.message}\n`),
  };
}

function get(name: string, handle: () => Promise<HttpReply>): RouteHandler {
  return { name, method: "GET", path: pathPattern(`/${name}`), handle };
}

function plain(status: number, text: string, type = "text/plain; charset=utf-8"): HttpReply {
  return { status, headers: { "content-type": type, "cache-control": "no-store" }, body: [utf8(text)] };
}
