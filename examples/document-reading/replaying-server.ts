// A server that has no TEE: it answers every question for evidence with evidence that somebody else gave earlier.
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { openAttested } from "@sealserve/client/node";
import { attestationPath } from "@sealserve/protocols/attestation";
import { selfSigned } from "@sealserve/server";
import type { Trust } from "@sealserve/session";

export interface ReplayingServer extends AsyncDisposable {
  readonly url: string;
}

/** Asks `url` for evidence with a nonce of its own, and answers with that from then on. */
export async function replayEvidenceOf(url: string, trust: Trust): Promise<ReplayingServer> {
  await using honest = await openAttested(url, trust);
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  const answer = await honest.fetch(new URL(attestationPath, url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify({ nonce })),
  });
  const recorded = Buffer.from(await answer.arrayBuffer());
  const { certificate, privateKey } = await selfSigned({ host: "127.0.0.1", from: new Date() });
  const tls = { cert: certificate, key: Buffer.from(privateKey.reveal()), minVersion: "TLSv1.3" } as const;
  const server = createServer(tls, (request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json").end(recorded);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
