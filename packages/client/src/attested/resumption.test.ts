// TLS sessions that are resumed: no listener does it, and evidence of the session before would not hold on the one after.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { bindingOf, verifyAnswer } from "@sealserve/session";
import { honestParts, openAttestedServer } from "../testing/attested-server.ts";
import { listening, pemServer } from "../testing/refusals.ts";
import { channelOf } from "./tls-connection.node.ts";

const never = new AbortController().signal;

/** A connection on which one request was answered, and the session, if any, that it can be resumed with. */
async function visit(port: number, session?: Buffer): Promise<{ socket: TLSSocket; session: Buffer | null }> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...(session ? { session } : {}) });
  let ticket: Buffer | null = null;
  socket.on("session", (given: Buffer) => {
    ticket = given;
  });
  await once(socket, "secureConnect");
  socket.write("GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n");
  // Tickets come before the first answer.
  await once(socket, "data");
  return { socket, session: ticket };
}

test("a listener resumes no session (D12)", async () => {
  await using server = await openAttestedServer();
  const port = Number(new URL(server.url).port);
  const first = await visit(port);
  first.socket.destroy();
  const second = await visit(port, first.session ?? undefined);
  assert.equal(second.socket.isSessionReused(), false);
  second.socket.destroy();
});

test("evidence of a session is refused on the one that resumes it (D12)", async () => {
  await using other = await listening(createServer(await pemServer(), (_, response) => response.end("x")));
  const first = await visit(other.port);
  const nonce = new Uint8Array(32).fill(3);
  const own = channelOf(first.socket);
  // Node tells the certificate of a connection once.
  const spkiSha256 = own.spkiSha256();
  const channel = { ...own, spkiSha256: () => spkiSha256, clientCertificate: () => null };
  const outcome = await honestParts().attest(nonce, channel);
  assert.ok(outcome.kind === "attested");
  await verifyAnswer(outcome.document, { nonce, channel: bindingOf(channel, nonce) }, fakeTrust(), never);
  first.socket.destroy();
  const resumed = await visit(other.port, first.session ?? undefined);
  assert.equal(resumed.socket.isSessionReused(), true);
  const same = { ...channelOf(resumed.socket), spkiSha256: () => spkiSha256 };
  const expected = { nonce, channel: bindingOf(same, nonce) };
  await assert.rejects(verifyAnswer(outcome.document, expected, fakeTrust(), never), { code: "channel-mismatch" });
  resumed.socket.destroy();
});
