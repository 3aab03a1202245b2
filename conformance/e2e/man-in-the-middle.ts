// Stands between a client and an attested server with a certificate of its own, and shows the client the server's evidence.
import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "@sealserve/server";

export interface ManInTheMiddle extends AsyncDisposable {
  readonly url: string;
  /** Paths that the client asked, in order. */
  readonly asked: readonly string[];
}

/** `relays` asks the server with the client's own nonce; `replays` shows what the server once said to another nonce. */
export async function startManInTheMiddle({
  url,
  what,
}: {
  readonly url: string;
  readonly what: "relays" | "replays";
}): Promise<ManInTheMiddle> {
  const { certificate, privateKey } = await selfSigned({ host: "127.0.0.1", from: new Date() });
  const key = Buffer.from(privateKey.reveal());
  const asked: string[] = [];
  const old = JSON.stringify({ nonce: Buffer.alloc(32, 7).toString("base64url") });
  const server = createServer({ cert: certificate, key, minVersion: "TLSv1.3" }, async (incoming, response) => {
    asked.push(incoming.url ?? "");
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = what === "relays" ? Buffer.concat(chunks) : Buffer.from(old);
    response.setHeader("content-type", "application/json").end(await evidenceOf(url, body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function evidenceOf(url: string, body: Buffer): Promise<Buffer> {
  const headers = { "content-type": "application/json", "content-length": body.length };
  const asking = request(`${url}/.well-known/attestation`, { method: "POST", headers, rejectUnauthorized: false });
  asking.end(body);
  const [answer] = await once(asking, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks);
}
