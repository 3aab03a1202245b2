// Kept connections over real sockets: who is let in, what is reused, and what is known of requests that fail.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import { type RawServer, rawServer, type TestMesh, testMesh } from "@sealserve/conformance/fixtures/mesh-processes";
import { echoService, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import type { HttpRequest, Protocol } from "@sealserve/protocols";
import { type MeshExchange, type MeshExchangeOptions, openMeshExchange } from "./mesh-exchange.node.ts";

let mesh: TestMesh;
before(async () => {
  mesh = await testMesh();
});

const index: HttpRequest = {
  method: "POST",
  path: "/v2/repository/index",
  query: "",
  headers: { "content-type": "application/json" },
  body: new Uint8Array(0),
};

/** The code, and whether the request was started. */
async function failure(promise: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await promise;
  } catch (error) {
    const { code, facts } = error as { code?: unknown; facts?: { started?: unknown } };
    return [code, facts?.started];
  }
  throw new assert.AssertionError({ message: "it was answered" });
}

function backend(): Protocol {
  return openInferenceOver(echoService());
}

/** Without certificates, to a server that is not one. */
function plain(server: Pick<RawServer, "url">, options: Partial<MeshExchangeOptions> = {}): MeshExchange {
  return openMeshExchange({ url: server.url, ...options }, { mesh: null, epoch: Date.now });
}

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test("requests in turn share one connection; at once, they have one each", async () => {
  let shown = 0;
  const own = await mesh.peer();
  await using listeners = await mesh.open(backend());
  await using exchange = openMeshExchange(
    { url: listeners.url },
    {
      mesh: () => {
        shown++;
        return own;
      },
      epoch: Date.now,
    },
  );
  for (let i = 0; i < 5; i++) assert.equal((await exchange.send(index)).status, 200);
  assert.equal(shown, 1);
  await Promise.all([1, 2, 3].map(() => exchange.send(index)));
  assert.equal(shown, 3);
});

test("no more connections than allowed; who waits is served in turn", async () => {
  await using server = await rawServer((socket) => socket.on("data", () => setTimeout(() => socket.write(answer), 5)));
  await using exchange = plain(server, { maxConnections: 2 });
  const answers = await Promise.all(Array.from({ length: 9 }, () => exchange.send(index)));
  assert.equal(answers.length, 9);
  assert.equal(server.connections.length, 2);
});

test("a server that is no backend of this mesh gets no byte of a request", async () => {
  const other = await testMeshAuthority();
  for (const credentials of [
    mesh.credentials("backend", { by: other }),
    mesh.credentials("frontend"),
    mesh.credentials("backend-too"),
    mesh.credentials("backend", { domain: "elsewhere" }),
    mesh.credentials("backend", { lifetime: -1000 }),
  ]) {
    await using lying = await mesh.open(backend(), await credentials);
    const own = await mesh.peer();
    await using exchange = openMeshExchange({ url: lying.url }, { mesh: () => own, epoch: Date.now });
    assert.deepEqual(await failure(exchange.send(index)), ["unreachable", false]);
  }
});

test("a client whose certificate the backend refuses, at the handshake or after it, has not started a request", async () => {
  const other = await testMeshAuthority();
  const refusing: Protocol = { ...backend(), handlers: [], unmatched: () => ({ status: 403, headers: {}, body: [] }) };
  for (const [protocol, stranger] of [
    [backend(), await mesh.peer("frontend", { by: other })],
    [refusing, await mesh.peer("sidecar")],
  ] as const) {
    await using listeners = await mesh.open(protocol);
    await using exchange = openMeshExchange({ url: listeners.url }, { mesh: () => stranger, epoch: Date.now });
    for (let i = 0; i < 5; i++) assert.deepEqual(await failure(exchange.send(index)), ["unreachable", false]);
  }
});

test("each new connection is greeted once", async () => {
  const paths: string[] = [];
  const noting: Protocol = {
    ...{ name: "noting", handlers: [], claims: () => true, refuse: () => assert.fail("nothing fails") },
    unmatched({ path }) {
      paths.push(path);
      return { status: 404, headers: {}, body: [] };
    },
  };
  const own = await mesh.peer();
  await using listeners = await mesh.open(noting);
  await using exchange = openMeshExchange({ url: listeners.url }, { mesh: () => own, epoch: Date.now });
  for (let i = 0; i < 3; i++) assert.equal((await exchange.send(index)).status, 404);
  assert.deepEqual(paths, ["/v2/health/live", index.path, index.path, index.path]);
});

test("a renewed certificate is shown by the next connection, and none outlives a certificate", async () => {
  let now = Date.now();
  const peers = [await mesh.peer("frontend", { lifetime: 30_000 }), await mesh.peer("frontend", { lifetime: 90_000 })];
  const shown: string[] = [];
  await using listeners = await mesh.open(backend(), await mesh.credentials("backend", { lifetime: 120_000 }));
  await using exchange = openMeshExchange(
    { url: listeners.url },
    {
      mesh: () => {
        const peer = peers[Math.min(shown.length, 1)];
        assert.ok(peer);
        shown.push(peer.certificate);
        return peer;
      },
      epoch: () => now,
    },
  );
  await exchange.send(index);
  await exchange.send(index);
  assert.equal(shown.length, 1);
  now += 40_000;
  await exchange.send(index);
  assert.equal(shown.length, 2);
  assert.notEqual(shown[0], shown[1]);
  now += 40_000;
  await exchange.send(index);
  assert.equal(shown.length, 2, "the second one holds");
});

test("nobody there, and nobody who takes the connection: not started", async () => {
  const gone = await rawServer(() => {});
  await gone[Symbol.asyncDispose]();
  await using nobody = plain(gone);
  assert.deepEqual(await failure(nobody.send(index)), ["unreachable", false]);
  await using silent = await rawServer(() => {});
  const url = silent.url.replace("http:", "https:");
  const own = await mesh.peer();
  await using stuck = openMeshExchange({ url, connectTimeout: 50 }, { mesh: () => own, epoch: Date.now });
  assert.deepEqual(await failure(stuck.send(index)), ["unreachable", false]);
});

test("a connection that was closed while idle is replaced, and nothing is sent twice", async () => {
  let requests = 0;
  await using server = await rawServer((socket) =>
    socket.on("data", () => {
      requests++;
      socket.write(answer);
    }),
  );
  await using exchange = plain(server);
  await exchange.send(index);
  server.connections[0]?.destroy();
  await pause(20);
  await exchange.send(index);
  assert.deepEqual([requests, server.connections.length], [2, 2]);
});

for (const [what, said] of [
  ["no byte of an answer", ""],
  ["half a head", "HTTP/1.1 200 OK\r\nContent-"],
  ["half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"],
  ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
] as const) {
  test(`a request that is answered by ${what} was started, and is never sent again`, async () => {
    let requests = 0;
    await using server = await rawServer((socket) =>
      socket.on("data", () => {
        requests++;
        socket.end(said);
      }),
    );
    await using exchange = plain(server);
    assert.deepEqual(await failure(exchange.send(index)), ["unreachable", true]);
    await pause(20);
    assert.equal(requests, 1);
  });
}

test("aborting gives up before, during and after connecting, and ends the connection", async () => {
  const ended = Promise.withResolvers<void>();
  await using server = await rawServer((socket) => socket.on("close", ended.resolve).resume());
  await using exchange = plain(server, { maxConnections: 1 });
  assert.deepEqual(await failure(exchange.send(index, AbortSignal.abort())), ["cancelled", undefined]);
  const first = new AbortController();
  const second = new AbortController();
  const sent = failure(exchange.send(index, first.signal));
  const waits = failure(exchange.send(index, second.signal));
  await pause(20);
  second.abort();
  assert.deepEqual(await waits, ["cancelled", undefined]);
  first.abort();
  assert.deepEqual(await sent, ["cancelled", undefined]);
  await ended.promise;
});

test("an answer that is too long is refused, and one in pieces put together", async () => {
  await using server = await rawServer((socket) =>
    socket.on("data", () =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n1234", () => socket.write("5678")),
    ),
  );
  await using exchange = plain(server);
  assert.equal(Buffer.from((await exchange.send(index)).body).toString(), "12345678");
  await using careful = plain(server, { maxAnswerBytes: 7 });
  assert.deepEqual(await failure(careful.send(index)), ["too-large", undefined]);
});

test("disposing fails what is in flight, and what comes after is not started", async () => {
  await using server = await rawServer(() => {});
  const exchange = plain(server);
  const sent = failure(exchange.send(index));
  await pause(20);
  await exchange[Symbol.asyncDispose]();
  assert.deepEqual(await sent, ["unreachable", true]);
  assert.deepEqual(await failure(exchange.send(index)), ["unreachable", false]);
});

test("only plain origins of the right scheme are links", () => {
  for (const url of ["http://127.0.0.1:1/path", "http://user@127.0.0.1:1", "https://127.0.0.1:1", "127.0.0.1:1"]) {
    assert.throws(() => plain({ url }), { code: "url-refused" });
  }
});
