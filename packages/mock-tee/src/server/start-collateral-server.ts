// A collateral server for mock authorities on 127.0.0.1: PCS, PCCS and KDS in one, obedient or broken.
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { MockAmd } from "../amd/create-mock-amd.ts";
import type { MockIntel } from "../intel/create-mock-intel.ts";
import { answerAmd } from "./amd-routes.ts";
import { type Answer, notFound } from "./answer.ts";
import { type Fault, misbehave } from "./fault.ts";
import { answerIntel, rootCrlPath } from "./intel-routes.ts";

export interface CollateralServerOptions {
  readonly intel?: readonly MockIntel[];
  readonly amd?: readonly MockAmd[];
  /** What it shows, both in PEM; left out: it speaks plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly privateKey: string };
}

export interface CollateralServer extends AsyncDisposable {
  /** Without a slash at the end; base of all three services. */
  readonly url: string;
  readonly rootCrlUrl: string;
  /** Path and query of every request so far. */
  readonly requests: readonly string[];
  /** From now on, requests whose path contains `part` get `fault`; null: the right answer again. */
  breakDown(fault: Fault | null, part?: string): void;
}

export async function startCollateralServer({
  intel = [],
  amd = [],
  tls,
}: CollateralServerOptions): Promise<CollateralServer> {
  const requests: string[] = [];
  let broken: { readonly fault: Fault; readonly part: string } | null = null;
  const answer: RequestListener = (request, response) => {
    const target = request.url ?? "/";
    requests.push(target);
    const url = new URL(target, "http://127.0.0.1");
    const fault = broken && url.pathname.includes(broken.part) ? broken.fault : null;
    const right = answerIntel(url, intel) ?? answerAmd(url, amd) ?? notFound;
    reply(response, right, fault);
  };
  const server = tls ? createTlsServer({ cert: tls.certificate, key: tls.privateKey }, answer) : createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
  return {
    url,
    rootCrlUrl: url + rootCrlPath,
    requests,
    breakDown: (fault, part = "") => {
      broken = fault && { fault, part };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function reply(response: ServerResponse, right: Answer, fault: Fault | null): void {
  if (fault === null) write(response, right);
  else if (fault.kind === "without-headers") write(response, { ...right, headers: {} });
  else if (fault.kind === "body") write(response, { ...right, body: fault.body });
  else misbehave(response, fault);
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { "request-id": "0".repeat(32), ...headers });
  response.end(body);
}
