// Attested channels over real TLS sockets: who is refused, why, and that nothing but a nonce was sent to them.
import assert from "node:assert/strict";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectTcp, createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { EvidenceError } from "@sealserve/attestation";
import { fakeTrust, testTime } from "@sealserve/conformance/fixtures/fake-tee";
import { bytesOf } from "@sealserve/inference";
import type { SessionErrorCode } from "@sealserve/session";
import { changedChannel, openAttestedServer, type Twist } from "../testing/attested-server.ts";
import { listening, pemServer, refuses } from "../testing/refusals.ts";
import { openAttested } from "./attested-transport.node.ts";
import { connectAttested } from "./connect-attested.node.ts";

const signal = new AbortController().signal;
const values = Float32Array.from({ length: 16 }, (_, i) => i);
const input = { name: "INPUT0", datatype: "FP32", shape: [1, 16], bytes: bytesOf(values) } as const;
const endpoint = "/.well-known/attestation";

test("verifies, then talks on the same connection", async () => {
  await using server = await openAttestedServer();
  await using service = await connectAttested(server.url, fakeTrust());
  assert.deepEqual(server.asked, [endpoint]);
  const { outputs } = await service.infer({ model: { name: "identity" }, inputs: [input] }, signal);
  assert.deepEqual([...(outputs[0]?.bytes ?? [])], [...input.bytes]);
  await service.list();
  assert.deepEqual(server.asked, [endpoint, "/v2/models/identity/infer", "/v2/repository/index"]);
  assert.equal(service.peer.fields.purpose, "client-facing");
  assert.equal(service.peer.at, testTime);
});

test("each further connection is attested with a nonce of its own", async () => {
  await using server = await openAttestedServer();
  const nonces = new Set<string>();
  const onAttested = (peer: { fields: { nonce: Uint8Array } }) =>
    nonces.add(Buffer.from(peer.fields.nonce).toString("hex"));
  await using service = await connectAttested(server.url, fakeTrust(), { maxConnections: 3 }, { onAttested });
  await Promise.all(
    Array.from({ length: 20 }, () => service.infer({ model: { name: "identity" }, inputs: [input] }, signal)),
  );
  assert.ok(nonces.size > 1 && nonces.size <= 3, `${nonces.size} connections`);
  assert.equal(server.asked.filter((path) => path === endpoint).length, nonces.size);
});

test("a connection is attested again once its evidence is older than allowed, or its result has ended (D13)", async () => {
  await using server = await openAttestedServer();
  let now = testTime.getTime();
  const trust = fakeTrust({ now: () => new Date(now) });
  await using service = await connectAttested(server.url, trust, { maxAge: 1000 });
  now += 1000;
  await service.list();
  now = Date.parse("2026-07-01T00:00:00Z");
  await service.list();
  assert.equal(server.asked.filter((path) => path === endpoint).length, 3);
});

test("a clock that went back before the evidence was verified makes no connection younger (B17, D13)", async () => {
  await using server = await openAttestedServer();
  let now = testTime.getTime();
  await using service = await connectAttested(server.url, fakeTrust({ now: () => new Date(now) }), { maxAge: 1000 });
  now -= 1;
  await service.list();
  assert.equal(server.asked.filter((path) => path === endpoint).length, 2);
});

const twists: readonly (readonly [string, SessionErrorCode | "report-data-mismatch", Twist])[] = [
  ["evidence for a nonce that was used before (D1)", "nonce-mismatch", stale],
  [
    "evidence for another certificate (D3)",
    "certificate-mismatch",
    ({ attest }) => ({
      attest: (nonce, channel) =>
        attest(nonce, channel && changedChannel(channel, { spkiSha256: () => new Uint8Array(32) })),
    }),
  ],
  [
    "evidence for another connection (D4)",
    "channel-mismatch",
    ({ attest }) => ({
      attest: (nonce, channel) =>
        attest(nonce, channel && changedChannel(channel, { exporter: () => new Uint8Array(32) })),
    }),
  ],
  [
    "a preimage that is not the one of the evidence",
    "report-data-mismatch",
    ({ attest }) => ({
      async attest(nonce, channel) {
        const outcome = await attest(nonce, channel);
        if (outcome.kind !== "attested") return outcome;
        const preimage = Uint8Array.from(outcome.document.preimage);
        preimage[preimage.length - 1] = 8;
        return { kind: "attested", document: { ...outcome.document, preimage } };
      },
    }),
  ],
  [
    "a preimage without its last byte",
    "preimage-malformed",
    ({ attest }) => ({
      async attest(nonce, channel) {
        const outcome = await attest(nonce, channel);
        if (outcome.kind !== "attested") return outcome;
        return {
          kind: "attested",
          document: { ...outcome.document, preimage: outcome.document.preimage.subarray(0, -1) },
        };
      },
    }),
  ],
  ["a server that is busy", "not-attested", () => ({ attest: async () => ({ kind: "busy" }) })],
  [
    "a server whose attester fails",
    "not-attested",
    () => ({
      attest: async () => {
        throw new Error("no TEE here");
      },
    }),
  ],
];

function stale({ attest }: Parameters<Twist>[0]): ReturnType<Twist> {
  return { attest: (_, channel) => attest(new Uint8Array(32).fill(9), channel) };
}

for (const [name, code, twist] of twists) {
  test(`refuses ${name}`, async () => {
    await using server = await openAttestedServer({ twist });
    await refuses(code, server.url);
    assert.deepEqual(server.asked, [endpoint]);
  });
}

test("refuses another role's evidence, whichever it is (D10)", async () => {
  for (const purpose of ["backend", "frontend", "key-broker"] as const) {
    await using server = await openAttestedServer({ purpose });
    await refuses("purpose-mismatch", server.url);
    await using service = await connectAttested(server.url, fakeTrust({ purpose }));
    await service.list();
  }
});

test("refuses evidence of the HPKE key where a connection must be bound (D14)", async () => {
  const hpkeKey = new Uint8Array(32).fill(5);
  const twist: Twist = ({ attest }) => ({ attest: (nonce) => attest(nonce, null) });
  await using server = await openAttestedServer({ hpkeKey, twist });
  await refuses("purpose-mismatch", server.url);
});

test("refuses TLS 1.2 (D12)", async () => {
  await using old = await listening(createHttpsServer(await pemServer({ maxVersion: "TLSv1.2" })));
  await refuses("tls-version-refused", `https://127.0.0.1:${old.port}`);
});

test("refuses a redirect, also to the same server (D14)", async () => {
  const server = createHttpsServer(await pemServer(), (_, response) => {
    response.writeHead(307, { location: endpoint }).end();
  });
  await using redirecting = await listening(server);
  await refuses("redirected", `https://127.0.0.1:${redirecting.port}`);
});

test("refuses a server that has no such endpoint, or answers something else", async () => {
  const answers: readonly (readonly [SessionErrorCode, string, number])[] = [
    ["not-attested", "{}", 404],
    ["answer-malformed", "{}", 200],
    ["answer-malformed", "<html>", 200],
  ];
  for (const [code, body, status] of answers) {
    const server = createHttpsServer(await pemServer(), (_, response) => response.writeHead(status).end(body));
    await using other = await listening(server);
    await refuses(code, `https://127.0.0.1:${other.port}`);
  }
});

test("an answer that breaks off, has no end, or comes too late is no evidence", async () => {
  const broken = createHttpsServer(await pemServer(), (_, response) => {
    response.writeHead(200, { "content-length": "100" }).write("{");
    response.socket?.end();
  });
  await using cut = await listening(broken);
  await refuses("unreachable", `https://127.0.0.1:${cut.port}`);
  const flooding = createHttpsServer(await pemServer(), (_, response) => {
    const megabyte = Buffer.alloc(1024 * 1024, 32);
    const pour = (): void => void response.write(megabyte, () => !response.destroyed && pour());
    pour();
  });
  await using flood = await listening(flooding);
  await refuses("answer-malformed", `https://127.0.0.1:${flood.port}`);
  await using silent = await listening(createHttpsServer(await pemServer(), () => {}));
  const late = connectAttested(`https://127.0.0.1:${silent.port}`, fakeTrust(), { connectTimeout: 50 });
  await assert.rejects(late, { code: "unreachable" });
});

test("refuses a server that closes the attested connection", async () => {
  await using genuine = await openAttestedServer();
  const server = createTcpServer((socket) => socket.destroy());
  await using closing = await listening(server);
  await refuses("unreachable", `https://127.0.0.1:${closing.port}`);
  assert.deepEqual(genuine.asked, []);
});

test("plain HTTP gives no evidence (D14), and no URL but a plain https origin is taken (F14)", async () => {
  await using plain = await openAttestedServer({ plaintext: true });
  const nonce = Buffer.alloc(32).toString("base64url");
  const answer = await fetch(`${plain.url}${endpoint}`, { method: "POST", body: JSON.stringify({ nonce }) });
  assert.equal(answer.status, 403);
  for (const url of [
    plain.url,
    "https://user:secret@127.0.0.1",
    "https://127.0.0.1/path",
    "https://127.0.0.1?x",
    "127.0.0.1",
  ]) {
    await refuses("url-refused", url);
  }
});

test("requests to another origin are refused, and so are answers of one (F14)", async () => {
  await using server = await openAttestedServer();
  await using transport = await openAttested(server.url, fakeTrust());
  for (const url of ["https://example.test/v2", `${server.url}@example.test/v2`, server.url.replace("https", "http")]) {
    await assert.rejects(transport.fetch(url), { code: "url-refused" });
  }
});

test("what is pinned must be so (D5)", async () => {
  await using server = await openAttestedServer();
  const right = { instanceId: "07".repeat(16), modelSetDigest: "01".repeat(32), configDigest: "02".repeat(32) };
  await using service = await connectAttested(server.url, fakeTrust({ pinned: right }));
  await service.list();
  for (const wrong of [
    { instanceId: "08".repeat(16) },
    { modelSetDigest: "00".repeat(32) },
    { configDigest: "00".repeat(32) },
    { tlsSpkiSha256: "00".repeat(32) },
  ]) {
    await refuses("pinned-mismatch", server.url, fakeTrust({ pinned: wrong }));
  }
});

test("a pinned mesh must be it, or one of those that are pinned; a process of no mesh is of none of them", async () => {
  await using server = await openAttestedServer({ meshDigest: new Uint8Array(32).fill(3) });
  await using alone = await openAttestedServer();
  const pin = (...bytes: readonly string[]) =>
    fakeTrust({ pinned: { meshDigests: bytes.map((byte) => byte.repeat(32)) } });
  await using service = await connectAttested(server.url, pin("04", "03"));
  await service.list();
  await refuses("pinned-mismatch", server.url, pin("04"));
  await refuses("pinned-mismatch", server.url, pin());
  await refuses("pinned-mismatch", alone.url, pin("03"));
});

test("what the verifier refuses is refused as it says", async () => {
  await using server = await openAttestedServer();
  const refusing = { verify: () => Promise.reject(new EvidenceError("report-data-mismatch", {})) };
  await refuses("report-data-mismatch", server.url, fakeTrust({ verifierFor: () => refusing }));
});

test("a connection cut in the midst of a reply fails that request only", async () => {
  await using server = await openAttestedServer();
  const port = Number(new URL(server.url).port);
  const sockets: { destroy(): void }[] = [];
  const proxy = createTcpServer((socket) => {
    const onward = connectTcp(port, "127.0.0.1");
    socket.pipe(onward).pipe(socket);
    for (const each of [socket, onward]) each.on("error", () => each.destroy());
    sockets.push(socket);
  });
  await using proxied = await listening(proxy);
  await using service = await connectAttested(`https://127.0.0.1:${proxied.port}`, fakeTrust());
  for (const socket of sockets) socket.destroy();
  await service.list().catch((error) => assert.equal(error.code, "unreachable"));
  await service.list();
});
