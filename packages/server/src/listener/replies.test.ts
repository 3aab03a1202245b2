// What a handler may answer, and how it reaches the client.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RawConnection } from "@sealserve/conformance/fixtures/raw-connection";
import { utf8 } from "@sealserve/primitives";
import type { HttpReply } from "@sealserve/protocols";
import { echo, reply } from "../testing/fake-protocol.ts";
import { openFake } from "../testing/open-fake.ts";
import type { Exchange } from "./exchange.ts";
import type { Listener } from "./open-listener.ts";

const exchanges: Exchange[] = [];
const logged: { message: string; error: unknown }[] = [];
let left = Promise.withResolvers<void>();
let listener: Listener;

async function* pieces(texts: readonly string[], failure?: Error): AsyncIterable<Uint8Array> {
  for (const text of texts) yield utf8(text);
  if (failure) throw failure;
}

async function* endless(): AsyncIterable<Uint8Array> {
  const piece = new Uint8Array(64 * 1024);
  try {
    for (;;) yield piece;
  } finally {
    left.resolve();
  }
}

/** As an engine's answers end that hears that nobody wants them any more. */
async function* untilGone(signal: AbortSignal): AsyncIterable<Uint8Array> {
  yield utf8("a");
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  setImmediate(left.resolve);
  throw new Error("cancelled");
}

let givenUp = 0;
/** A body that counts who gives it up before it has begun. */
const unread = (): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({
    next: async () => ({ done: true, value: undefined }),
    async return() {
      givenUp++;
      return { done: true, value: undefined };
    },
  }),
});

const streamed = (body: AsyncIterable<Uint8Array>): HttpReply => ({ status: 200, headers: {}, body });

before(async () => {
  const error = (message: string, facts?: { readonly error?: unknown }) => {
    logged.push({ message, error: facts?.error });
  };
  const logger = { error, warn() {}, info() {}, debug() {}, enabled: () => false, child: () => logger };
  listener = await openFake(
    {
      "POST /echo": echo,
      "GET /chunks": async () => ({ status: 200, headers: {}, body: [utf8("one "), utf8("two "), utf8("three")] }),
      "GET /chunks/large": async () => ({
        status: 200,
        headers: {},
        body: [new Uint8Array(100_000).fill(1), new Uint8Array(100_000).fill(2)],
      }),
      "GET /stream": async () => streamed(pieces(["a", "b", "", "c"])),
      "GET /stream/broken": async () => streamed(pieces(["a"], new Error("midway"))),
      "GET /stream/unread": async () => streamed(unread()),
      "GET /stream/endless": async () => streamed(endless()),
      "GET /stream/cancelled": async (_, __, signal) => streamed(untilGone(signal)),
      "GET /reason": async () => ({ ...reply("no"), status: 507, reason: "Out of cheese" }),
      "GET /nothing": async () => ({ status: 204, headers: {}, body: [] }),
      "GET /bad/header": async () => reply("x", { "x-injected": "a\r\nset-cookie: b" }),
      "GET /bad/status": async () => reply("x", {}, 99),
      "GET /lying": async () => reply("four", { "content-length": "9", "transfer-encoding": "chunked" }),
      "GET /throws": () => Promise.reject(new Error("secret detail")),
      "GET /of/{model}": async (_, { model = "" }) => reply(model),
    },
    { logger, observe: (exchange) => exchanges.push(exchange) },
  );
});

after(() => listener.stop());

const get = (path: string, init?: RequestInit) => fetch(listener.url + path, init);

test("a body in several chunks has one length", async () => {
  const answer = await get("/chunks");
  assert.equal(answer.headers.get("content-length"), "13");
  assert.equal(await answer.text(), "one two three");
});

test("large chunks arrive whole and in order", async () => {
  const bytes = new Uint8Array(await (await get("/chunks/large")).arrayBuffer());
  assert.deepEqual([bytes.length, bytes[0], bytes[99_999], bytes[100_000], bytes[199_999]], [200_000, 1, 1, 2, 2]);
});

test("a body that comes piece by piece is sent so", async () => {
  const answer = await get("/stream");
  assert.equal(answer.headers.get("transfer-encoding"), "chunked");
  assert.equal(await answer.text(), "abc");
});

test("a body that fails midway breaks the connection, so that its part is not taken for the whole", async () => {
  await assert.rejects(async () => (await get("/stream/broken")).text());
});

test("a stream waits for its client, and ends when the client leaves", async () => {
  left = Promise.withResolvers();
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /stream/endless HTTP/1.1\nHost: x\n\n");
  await client.until("HTTP/1.1 200");
  client.destroy();
  await left.promise;
});

test("a client who leaves a stream is no error of ours", async () => {
  left = Promise.withResolvers();
  logged.length = 0;
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /stream/cancelled HTTP/1.1\nHost: x\n\n");
  await client.until("HTTP/1.1 200");
  client.destroy();
  await left.promise;
  assert.deepEqual(logged, []);
});

test("what follows a stream's request and is not HTTP cannot write into the stream", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /stream/endless HTTP/1.1\nHost: x\n\n");
  await client.until("HTTP/1.1 200");
  client.writeLines("garbage\n\n");
  assert.doesNotMatch(await client.untilClosed(), /HTTP\/1\.1 400/);
});

test("HEAD is GET without the body", async () => {
  const answer = await get("/chunks", { method: "HEAD" });
  assert.equal(answer.headers.get("content-length"), "13");
  assert.equal(await answer.text(), "");
  assert.equal((await get("/stream", { method: "HEAD" })).status, 200);
});

test("a handler may choose the words beside the status", async () => {
  const answer = await get("/reason");
  assert.equal(answer.status, 507);
  assert.equal(answer.statusText, "Out of cheese");
});

test("204 has no length", async () => {
  const answer = await get("/nothing");
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get("content-length"), null);
});

for (const path of ["/bad/header", "/bad/status"]) {
  test(`${path}: a reply that cannot be sent leaves as an internal error`, async () => {
    const answer = await get(path);
    assert.equal(answer.status, 500);
    assert.equal(await answer.text(), "internal");
    assert.equal(answer.headers.get("set-cookie"), null);
  });
}

test("the length is the listener's, whatever a handler says", async () => {
  const answer = await get("/lying");
  assert.equal(answer.headers.get("content-length"), "4");
  assert.equal(await answer.text(), "four");
});

test("what a handler throws unforeseen goes to the log and not to the client", async () => {
  const answer = await get("/throws");
  assert.equal(answer.headers.get("connection"), "keep-alive");
  assert.equal(await answer.text(), "internal");
  const entry = logged.at(-1);
  assert.ok(entry?.error instanceof Error && entry.error.message === "secret detail");
});

test("paths and methods without a route are refused in the protocol's form, and the connection stays", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /chunks HTTP/1.1\nHost: x\nContent-Length: 3\n\nabcGET /none HTTP/1.1\nHost: x\n\n");
  const answers = await client.until("fake has no GET /none");
  assert.match(answers, /fake has no POST \/chunks/);
});

test("a path that is not percent-encoded UTF-8 is malformed", async () => {
  assert.equal((await get("/of/%ff")).status, 400);
});

test("tells what became of each request", async () => {
  await get("/of/caf%C3%A9?x=1");
  const { duration, peer, ...told } = exchanges.at(-1) ?? { duration: -1 };
  assert.ok(duration >= 0);
  assert.ok(peer);
  assert.deepEqual(told, {
    protocol: "fake",
    route: "GET /of/{model}",
    captured: { model: "café" },
    method: "GET",
    path: "/of/caf%C3%A9",
    query: "x=1",
    status: 200,
    error: null,
  });
});

test("a stream that HEAD asks for is given up unread", async () => {
  assert.equal((await fetch(`${listener.url}/stream/unread`, { method: "HEAD" })).status, 200);
  assert.equal(givenUp, 1);
});
