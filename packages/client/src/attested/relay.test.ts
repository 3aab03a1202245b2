// Relays between a client and a genuine server, over real TLS sockets: each is found out before a request is sent.
import { createServer as createHttpsServer } from "node:https";
import { test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { attestationPath, attestationRoutes } from "@sealserve/protocols/attestation";
import { honestParts, openAttestedServer } from "../testing/attested-server.ts";
import { listening, pemServer, refuses } from "../testing/refusals.ts";
import { openAttested } from "./attested-transport.node.ts";
import { channelOf, openTls } from "./tls-connection.node.ts";

const signal = new AbortController().signal;

test("refuses a relay that ends TLS itself with the genuine server behind it (D4)", async () => {
  await using genuine = await openAttestedServer();
  await using inner = await openAttested(genuine.url, fakeTrust());
  const relay = createHttpsServer(await pemServer(), async (request, response) => {
    const body = Buffer.concat(await collected(request));
    const answer = await inner.fetch(`${genuine.url}${request.url}`, { method: "POST", body: new Uint8Array(body) });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await using relayed = await listening(relay);
  await refuses("certificate-mismatch", `https://127.0.0.1:${relayed.port}`);
});

test("refuses a relay that holds the genuine server's key: the exporter differs (D4)", async () => {
  const stolen = await pemServer();
  // The genuine server's answers are for its own connection with the relay; both show the same certificate.
  const genuine = createTlsServer({ ...stolen, minVersion: "TLSv1.3" });
  const relay = createHttpsServer(stolen, async (request, response) => {
    const body = new Uint8Array(Buffer.concat(await collected(request)));
    const { nonce } = await attestationRoutes.attest.readRequest(
      { method: "POST", path: attestationPath, query: "", headers: {}, body },
      {},
    );
    const spki = await inner.spki;
    const outcome = await honestParts().attest(nonce, {
      spkiSha256: () => spki,
      exporter: (label, context, length) => inner.socket.exportKeyingMaterial(length, label, Buffer.from(context)),
      clientCertificate: () => null,
    });
    if (outcome.kind !== "attested") throw new Error("not attested");
    const { body: reply } = await attestationRoutes.attest.writeReply(outcome.document, { nonce });
    response.end(Buffer.concat(reply as Uint8Array[]));
  });
  await using behind = await listening(genuine);
  const inner = await otherConnection(behind.port);
  await using relayed = await listening(relay);
  await refuses("channel-mismatch", `https://127.0.0.1:${relayed.port}`);
  inner.socket.destroy();
});

async function otherConnection(port: number) {
  const socket = await openTls({ url: new URL(`https://127.0.0.1:${port}`) }, signal);
  return { socket, spki: channelOf(socket).spkiSha256() };
}

async function collected(stream: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
