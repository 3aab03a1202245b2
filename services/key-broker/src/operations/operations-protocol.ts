// Health and metrics: all that the broker tells without asking who wants to know.
import { utf8 } from "@sealserve/primitives";
import { type HttpReply, type Protocol, pathPattern, type RouteHandler } from "@sealserve/protocols";
import { refusingProtocol } from "@sealserve/protocols/key-broker";

export interface OperationsParts {
  metrics(): Promise<string>;
  /** Null: it answers; else what is in the way. */
  notReady(): Promise<string | null>;
}

export function operationsProtocol({ metrics, notReady }: OperationsParts): Protocol {
  return refusingProtocol("keyBroker.operations", "exact", [
    get("healthz", async () => plain(200, "ok\n")),
    get("readyz", async () => {
      const reason = await notReady();
      return reason === null ? plain(200, "ready\n") : plain(503, `not ready: ${reason}\n`);
    }),
    get("metrics", async () => plain(200, await metrics(), "text/plain; version=0.0.4; charset=utf-8")),
  ]);
}

function get(name: string, handle: () => Promise<HttpReply>): RouteHandler {
  return { name, method: "GET", path: pathPattern(`/${name}`), handle };
}

function plain(status: number, text: string, type = "text/plain; charset=utf-8"): HttpReply {
  return { status, headers: { "content-type": type, "cache-control": "no-store" }, body: [utf8(text)] };
}
