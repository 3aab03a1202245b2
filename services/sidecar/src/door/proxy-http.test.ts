// HTTP through the proxy, over HTTP/1.1 and HTTP/2 on one port: what is passed on, what is framed anew, and what is refused.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { connect } from "node:tls";
import { Secret } from "@sealserve/server";
import { openProxy } from "../testing/open-proxy.ts";
import { answerTo, ask, http2Client, httpUpstream } from "../testing/upstreams.ts";

/** Answers what it was asked. */
const mirror = () =>
  httpUpstream(async (message, response) => {
    const body = await text(message);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ method: message.method, url: message.url, headers: message.headers, body }));
  });

test("both versions of HTTP reach the upstream on one port, with query and body", async () => {
  await using upstream = await mirror();
  await using proxy = await openProxy({ http: upstream.port });
  const one = JSON.parse((await ask(`${proxy.url}/a%20b?x=1&y`, { method: "POST" }, "body")).text);
  await using client = await http2Client(proxy.url);
  const stream = client.call({ ":method": "POST", ":path": "/a%20b?x=1&y" });
  stream.end("body");
  const two = JSON.parse((await answerTo(stream)).text);
  for (const seen of [one, two]) assert.deepEqual([seen.method, seen.url, seen.body], ["POST", "/a%20b?x=1&y", "body"]);
  assert.equal(proxy.tally.passed, 2);
});

test("headers about the connection stay there, and a client cannot say where it comes from", async () => {
  await using upstream = await mirror();
  await using proxy = await openProxy({ http: upstream.port });
  const headers = {
    connection: "x-mine, close",
    "x-mine": "1",
    "keep-alive": "timeout=9",
    te: "gzip",
    "proxy-authorization": "secret",
    "x-forwarded-for": "10.0.0.1",
    forwarded: "for=10.0.0.1",
    "x-kept": "yes",
    authorization: "Bearer upstream",
  };
  const { headers: seen } = JSON.parse((await ask(`${proxy.url}/`, { headers })).text);
  for (const name of ["x-mine", "keep-alive", "te", "proxy-authorization", "forwarded"])
    assert.ok(!(name in seen), name);
  assert.equal(seen["x-forwarded-for"], "127.0.0.1");
  assert.equal(seen["x-forwarded-proto"], "https");
  assert.equal(seen["x-kept"], "yes");
  assert.equal(seen["authorization"], "Bearer upstream");
  assert.equal(seen.host, `127.0.0.1:${upstream.port}`);
});

test("answers stream, with their trailers, before the request has ended", async () => {
  await using upstream = await httpUpstream((message, response) => {
    response.writeHead(200, { trailer: "x-sum", connection: "close", "x-hop": "1" });
    message.on("data", (chunk) => response.write(chunk));
    message.on("end", () => {
      response.addTrailers({ "x-sum": "2" });
      response.end();
    });
  });
  await using proxy = await openProxy({ http: upstream.port });
  const asked = request(`${proxy.url}/`, { method: "POST", agent: false, rejectUnauthorized: false });
  asked.write("one");
  const [answer] = await once(asked, "response");
  assert.equal(String((await once(answer, "data"))[0]), "one");
  asked.write("two");
  assert.equal(String((await once(answer, "data"))[0]), "two");
  asked.end();
  await once(answer, "end");
  assert.equal(answer.trailers["x-sum"], "2");
  assert.equal(answer.headers["x-hop"], "1");
});

test("a client that leaves lets go of the upstream", async () => {
  const left = Promise.withResolvers<void>();
  await using upstream = await httpUpstream((message, response) => {
    response.writeHead(200).write("first");
    message.socket.once("close", () => left.resolve());
  });
  await using proxy = await openProxy({ http: upstream.port });
  const asked = request(`${proxy.url}/`, { agent: false, rejectUnauthorized: false });
  asked.on("error", () => "left on purpose");
  asked.end();
  const [answer] = await once(asked, "response");
  answer.on("error", () => "left on purpose");
  asked.destroy();
  await left.promise;
});

test("a body that is broken off never arrives as a whole one", async () => {
  for (const version of ["1.1", "2"]) {
    const { promise: outcome, resolve } = Promise.withResolvers<string>();
    await using upstream = await httpUpstream((message, response) => {
      response.writeHead(200).write("go");
      message.on("data", () => {}).on("end", () => resolve("whole"));
      message.on("error", () => resolve("broken off"));
    });
    await using proxy = await openProxy({ http: upstream.port });
    if (version === "2") {
      await using client = await http2Client(proxy.url);
      const stream = client.call({ ":method": "POST", ":path": "/" });
      stream.write("half");
      await once(stream, "data");
      stream.close(8);
      assert.equal(await outcome, "broken off", version);
    } else {
      const asked = request(`${proxy.url}/`, { method: "POST", agent: false, rejectUnauthorized: false });
      asked.on("error", () => "left on purpose");
      asked.write("half");
      const [answer] = await once(asked, "response");
      answer.on("error", () => "left on purpose");
      asked.destroy();
      assert.equal(await outcome, "broken off", version);
    }
  }
});

test("an answer that breaks off is not taken for a whole one", async () => {
  await using upstream = await httpUpstream((_, response) => {
    response.writeHead(200, { "content-length": 100 }).write("part", () => response.socket?.destroy());
  });
  await using proxy = await openProxy({ http: upstream.port });
  await assert.rejects(ask(`${proxy.url}/`), { code: "ECONNRESET" });
  await using client = await http2Client(proxy.url);
  const stream = client.call({ ":path": "/" });
  stream.end();
  await assert.rejects(answerTo(stream));
});

test("a fast upstream waits for a slow client", async () => {
  let written = 0;
  await using upstream = await httpUpstream((_, response) => {
    const chunk = Buffer.alloc(1 << 16);
    const more = (): void => {
      while (written < 1 << 28) {
        written += chunk.length;
        if (!response.write(chunk)) break;
      }
    };
    response.on("drain", more);
    more();
  });
  await using proxy = await openProxy({ http: upstream.port });
  const asked = request(`${proxy.url}/`, { agent: false, rejectUnauthorized: false });
  asked.on("error", () => "left on purpose").end();
  const [answer] = await once(asked, "response");
  answer.on("error", () => "left on purpose").pause();
  let before = -1;
  // Buffers of four sockets fill, and then nothing moves.
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  assert.ok(written < 1 << 26, `${written} bytes were written ahead`);
  asked.destroy();
});

test("a body that is too long is refused with 413, announced or not", async () => {
  let reached = 0;
  await using upstream = await httpUpstream((message) => {
    reached++;
    message.resume();
  });
  await using proxy = await openProxy({ http: upstream.port, maxBodySize: 1000 });
  const announced = await ask(`${proxy.url}/`, { method: "POST" }, Buffer.alloc(1001));
  assert.deepEqual([announced.status, reached], [413, 0]);
  const chunked = { method: "POST", headers: { "transfer-encoding": "chunked" } };
  assert.equal((await ask(`${proxy.url}/`, chunked, Buffer.alloc(5000))).status, 413);
  await using client = await http2Client(proxy.url);
  const stream = client.call({ ":method": "POST", ":path": "/" });
  stream.end(Buffer.alloc(5000));
  assert.equal((await answerTo(stream)).status, 413);
});

test("WebSockets are refused with a sentence, CONNECT without", async () => {
  await using upstream = await mirror();
  await using proxy = await openProxy({ http: upstream.port });
  const headers = { connection: "upgrade", upgrade: "websocket" };
  const { status, text: said } = await ask(`${proxy.url}/`, { headers });
  assert.equal(status, 501);
  assert.match(JSON.parse(said).error, /WebSocket/);
  assert.match(await raw(proxy.url, "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n"), /^HTTP\/1.1 405 /);
});

const smuggling: Readonly<Record<string, string>> = {
  "two lengths": "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
  "length and chunks": "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  "chunks that are not last": "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
  "a length that is none": "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\na",
  "a bare line feed": "GET / HTTP/1.1\nhost: a\n\n",
  "a folded header": "GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n",
  "no host": "GET / HTTP/1.1\r\n\r\n",
};
for (const [what, bytes] of Object.entries(smuggling)) {
  test(`smuggling by ${what} is refused, and nothing reaches the upstream`, async () => {
    let reached = 0;
    await using upstream = await httpUpstream((_, response) => {
      reached++;
      response.end();
    });
    await using proxy = await openProxy({ http: upstream.port });
    assert.match(await raw(proxy.url, bytes), /^HTTP\/1.1 400 /);
    assert.equal(reached, 0);
  });
}

test("headers that are too long are refused", async () => {
  await using proxy = await openProxy({});
  assert.match(await raw(proxy.url, `GET / HTTP/1.1\r\nx: ${"a".repeat(17_000)}\r\n\r\n`), /^HTTP\/1.1 431 /);
});

test("a body of a method that has none is framed, so that it is not taken for the next request", async () => {
  await using upstream = await mirror();
  await using proxy = await openProxy({ http: upstream.port });
  const bytes =
    "GET /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  assert.match(await raw(proxy.url, bytes), /"body":"abc"/);
});

test("neither a request that HTTP/1.1 cannot carry nor an answer that HTTP/2 cannot carry ends the process", async () => {
  await using upstream = await httpUpstream((_, response) => {
    response.socket?.end("HTTP/1.1 700 Odd\r\ncontent-length: 0\r\n\r\n");
  });
  await using proxy = await openProxy({ http: upstream.port });
  await using client = await http2Client(proxy.url);
  for (const path of ["/a b", "/\u00fc", "/\u0001"]) {
    const stream = client.call({ ":path": path });
    stream.end();
    const outcome = await answerTo(stream).then(
      ({ status }) => status,
      () => 0,
    );
    assert.ok([0, 400, 502].includes(outcome), `${path}: ${outcome}`);
  }
  const stream = client.call({ ":path": "/" });
  stream.end();
  assert.notEqual(
    await answerTo(stream).then(
      ({ status }) => status,
      () => 0,
    ),
    200,
  );
  await using again = await mirror();
  await using other = await openProxy({ http: again.port });
  assert.equal((await ask(other.url)).status, 200);
});

test("the token is asked for, and is not shown to the upstream", async () => {
  await using upstream = await mirror();
  await using proxy = await openProxy({ http: upstream.port, tokenFile: new Secret(Buffer.from("sesame\n")) });
  for (const authorization of [undefined, "Bearer other", "Bearer ", "Basic sesame", "sesame"]) {
    const headers = authorization === undefined ? {} : { authorization };
    assert.equal((await ask(`${proxy.url}/`, { headers })).status, 401, authorization);
  }
  const { status, text: seen } = await ask(`${proxy.url}/`, { headers: { authorization: "Bearer sesame" } });
  assert.equal(status, 200);
  assert.ok(!("authorization" in JSON.parse(seen).headers));
  assert.equal(proxy.tally.refused, 5);
});

test("a token in a header of its own leaves Authorization to the upstream, which never sees the token", async () => {
  await using upstream = await mirror();
  const tokenFile = new Secret(Buffer.from("sesame"));
  await using proxy = await openProxy({ http: upstream.port, tokenFile });
  const asked = async (headers: Readonly<Record<string, string>>) => {
    const { status, text } = await ask(`${proxy.url}/`, { headers });
    return [status, status === 200 ? JSON.parse(text).headers : {}];
  };
  const own = "sealserve-authorization";
  const [status, seen] = await asked({ [own]: "Bearer sesame", authorization: "Bearer sk-own" });
  assert.deepEqual([status, seen["authorization"], own in seen], [200, "Bearer sk-own", false]);
  const [, twice] = await asked({ [own]: "Bearer sesame", authorization: "Bearer sesame" });
  assert.ok(!("authorization" in twice) && !(own in twice));
  const [, other] = await asked({ [own]: "Bearer other", authorization: "Bearer sesame" });
  assert.ok(!("authorization" in other) && !(own in other));
  assert.equal((await asked({ [own]: "Bearer other", authorization: "Bearer sk-own" }))[0], 401);
  assert.equal((await asked({ [own]: "sesame" }))[0], 401);
  await using open = await openProxy({ http: upstream.port });
  const { text } = await ask(`${open.url}/`, { headers: { [own]: "Bearer sesame" } });
  assert.ok(!(own in JSON.parse(text).headers));
});

test("an upstream that is not there is told as such, and one that is not ready is not asked", async () => {
  await using proxy = await openProxy({});
  assert.deepEqual([(await ask(`${proxy.url}/`)).status, proxy.unreachable], [502, 1]);
  await using waiting = await openProxy({ notReady: () => "it starts" });
  const { status, headers, text: said } = await ask(`${waiting.url}/`);
  assert.deepEqual([status, headers["retry-after"], JSON.parse(said).error], [503, "1", "not ready: it starts"]);
  assert.equal(waiting.unreachable, 0);
});

test("a server that leaves says so where health is asked, and finishes what it has", async () => {
  const asked = Promise.withResolvers<() => void>();
  await using upstream = await httpUpstream((_, response) => asked.resolve(() => response.end("done")));
  let leaving: string | null = null;
  const proxy = await openProxy({ http: upstream.port, protocol: "open-inference", leaving: () => leaving });
  const slow = ask(`${proxy.url}/v2/models/m/infer`, { method: "POST" }, "{}");
  const finish = await asked.promise;
  leaving = "this server is leaving";
  assert.equal((await ask(`${proxy.url}/v2/health/ready`)).status, 503);
  const stopping = proxy[Symbol.asyncDispose]();
  await assert.rejects(ask(`${proxy.url}/v2/health/live`));
  finish();
  assert.deepEqual([(await slow).text, (await slow).status], ["done", 200]);
  await stopping;
});

/** What comes back until the other end closes. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, "secureConnect");
  socket.write(bytes);
  return text(socket);
}
