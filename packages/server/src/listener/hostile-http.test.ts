// What clients may send that is wrong, too long, too slow or cut off: each is answered, and the listener keeps serving.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { RawConnection } from "@sealserve/conformance/fixtures/raw-connection";
import { echo, reply } from "../testing/fake-protocol.ts";
import { openFake } from "../testing/open-fake.ts";
import type { Listener } from "./open-listener.ts";

let listener: Listener;
let aborted = Promise.withResolvers<void>();
let entered = Promise.withResolvers<void>();

before(async () => {
  listener = await openFake(
    {
      "POST /echo": echo,
      "GET /hello": async () => reply("hello"),
      "POST /wait": async (_request, _captured, signal) => {
        entered.resolve();
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        aborted.resolve();
        return reply("late");
      },
    },
    { limits: { maxBodyBytes: 1000, maxHeaderBytes: 2048, headerTimeout: 150, requestTimeout: 300 } },
  );
});

after(() => listener.stop());

afterEach(async () => {
  const answer = await fetch(`${listener.url}/echo`, { method: "POST", body: "still there" });
  assert.equal(await answer.text(), "still there");
});

async function statusOf(text: string): Promise<string> {
  using client = await RawConnection.open(listener.url);
  client.writeLines(text);
  return (await client.untilClosed()).slice(9, 12);
}

for (const [what, text, status] of [
  ["a line that is not HTTP", "\0\x01garbage\n\n", "400"],
  ["a header without a colon", "GET /hello HTTP/1.1\nHost: x\nnonsense\n\n", "400"],
  ["a request without a host", "GET /hello HTTP/1.1\n\n", "400"],
  ["a content length that is no number", "POST /echo HTTP/1.1\nHost: x\nContent-Length: ten\n\n", "400"],
  ["a negative content length", "POST /echo HTTP/1.1\nHost: x\nContent-Length: -1\n\n", "400"],
  ["a content length beyond 64 bits", `POST /echo HTTP/1.1\nHost: x\nContent-Length: ${"9".repeat(40)}\n\n`, "400"],
  ["two content lengths", "POST /echo HTTP/1.1\nHost: x\nContent-Length: 1\nContent-Length: 2\n\nab", "400"],
  [
    "content length beside chunks",
    "POST /echo HTTP/1.1\nHost: x\nContent-Length: 3\nTransfer-Encoding: chunked\n\n0\n\n",
    "400",
  ],
  ["a broken chunk", "POST /echo HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\nxyz\n\n", "400"],
  ["headers over the limit", `GET /hello HTTP/1.1\nHost: x\nX: ${"a".repeat(3000)}\n\n`, "431"],
  ["CONNECT", "CONNECT elsewhere:443 HTTP/1.1\nHost: elsewhere\n\n", "405"],
  ["headers that never end", "GET /hello HTTP/1.1\nHost: x\nX-Slow:", "408"],
  ["a body that never ends", "POST /echo HTTP/1.1\nHost: x\nContent-Length: 5\n\nab", "408"],
] as const) {
  test(`${what} is answered ${status}`, async () => {
    assert.equal(await statusOf(text), status);
  });
}

test("a body longer than its content length is answered 400 behind the reply", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /echo HTTP/1.1\nHost: x\nContent-Length: 3\n\nabcdef");
  assert.match(await client.untilClosed(), /HTTP\/1\.1 400 Bad Request/);
});

test("a client that stops in the middle of its body never reaches the handler", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /echo HTTP/1.1\nHost: x\nContent-Length: 10\n\nabc");
  client.end();
  assert.doesNotMatch(await client.untilClosed(), /HTTP\/1\.1 200/);
});

test("a body that announces too much is refused before any of it is sent", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /echo HTTP/1.1\nHost: x\nContent-Length: 1001\n\n");
  const answer = await client.until("too-large");
  assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*connection: close/);
});

test("a client that waits for leave to send too much is refused at once", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /echo HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 5000\n\n");
  assert.match(await client.until("too-large"), /^HTTP\/1\.1 413 /);
});

test("a client that waits for leave gets it, and then its answer", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /echo HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 5\n\n");
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  client.writeLines("hello");
  assert.match(await client.until("hello"), /HTTP\/1\.1 200 OK/);
});

test("chunks are refused as soon as they are too long together", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /echo HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n");
  const chunk = `190\n${"a".repeat(0x190)}\n`;
  client.writeLines(chunk + chunk);
  client.writeLines(chunk);
  const answer = await client.until("too-large");
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

test("a refused client may send all of its body and still read why", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines(`POST /echo HTTP/1.1\nHost: x\nContent-Length: 200000\n\n${"a".repeat(200_000)}`);
  assert.match(await client.untilClosed(), /^HTTP\/1\.1 413 [\s\S]*too-large$/);
});

test("chunks of one byte are put together", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines(`POST /echo HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n1\na\n1\nb\n1\nc\n0\n\n`);
  assert.match(await client.until("abc"), /^HTTP\/1\.1 200 /);
});

test("requests sent in one go are answered in order", async () => {
  using client = await RawConnection.open(listener.url);
  const post = (body: string) => `POST /echo HTTP/1.1\nHost: x\nContent-Length: ${body.length}\n\n${body}`;
  client.writeLines(post("first") + post("second") + post("third"));
  assert.match(await client.until("third"), /first[\s\S]*second[\s\S]*third/);
});

test("a client that leaves aborts what it waited for", async () => {
  entered = Promise.withResolvers();
  aborted = Promise.withResolvers();
  using client = await RawConnection.open(listener.url);
  client.writeLines("POST /wait HTTP/1.1\nHost: x\nContent-Length: 0\n\n");
  await entered.promise;
  client.destroy();
  await aborted.promise;
});

test("a request for another protocol on the connection is answered over HTTP/1.1", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /hello HTTP/1.1\nHost: x\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n\n");
  assert.match(await client.until("hello"), /^HTTP\/1\.1 200 /);
});

test("a proxy's request for a whole URL means its path", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET http://models.example/hello?x=1 HTTP/1.1\nHost: x\n\n");
  assert.match(await client.until("hello"), /^HTTP\/1\.1 200 /);
});

test("connections beyond the limit are closed, those that are open served, and new ones taken once others went", async () => {
  const small = await openFake({ "POST /echo": echo }, { limits: { maxConnections: 2 } });
  const ask = "POST /echo HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 2\n\nhi";
  using first = await RawConnection.open(small.url);
  using second = await RawConnection.open(small.url);
  using third = await RawConnection.open(small.url);
  assert.equal(await third.untilClosed(), "");
  for (const open of [first, second]) open.writeLines(ask);
  for (const open of [first, second]) assert.match(await open.untilClosed(), /hi$/);
  // The listener may hear a moment later than their clients that they went.
  for (let answered = false; !answered; ) {
    using next = await RawConnection.open(small.url);
    next.writeLines(ask);
    answered = /hi$/.test(await next.untilClosed());
  }
  await small.stop();
});

test("who connects and says nothing is let go of", async () => {
  using silent = await RawConnection.open(listener.url);
  assert.match(await silent.untilClosed(), /^$|408/);
});
