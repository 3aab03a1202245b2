// What stands beside gRPC's calls on their listener: answered over plain HTTP/2, and nothing else is.
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { InferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import type { HttpRequest, Protocol } from "@sealserve/protocols";
import { clientsOf, openFakeGrpc } from "../testing/fake-grpc.ts";
import { fakeProtocol, reply } from "../testing/fake-protocol.ts";

const path = "/thing/it";

const thing = (seen: HttpRequest[] = []): Protocol =>
  fakeProtocol("thing", {
    [`POST ${path}`]: async (request) => {
      seen.push(request);
      if (textOf(request.body) === "bad") throw new InferenceError("malformed", { problem: "bad" });
      return reply("it is");
    },
  });

async function ask(url: string, method: string, target: string, body = ""): Promise<readonly [number, string]> {
  const session = connect(url);
  try {
    const stream = session.request({ ":method": method, ":path": target }, { endStream: false });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    stream.on("response", (headers) => resolve(Number(headers[":status"])));
    stream.on("error", reject);
    stream.end(body);
    const status = await promise;
    let text = "";
    for await (const chunk of stream) text += chunk;
    return [status, text];
  } finally {
    session.destroy();
  }
}

test("a request that is no call goes to the protocol that claims its path", async () => {
  const seen: HttpRequest[] = [];
  await using listener = await openFakeGrpc({ beside: [thing(seen)] });
  assert.deepEqual(await ask(listener.url, "POST", `${path}?a=b`, "hello"), [200, "it is"]);
  const [request] = seen;
  assert.deepEqual([request?.path, request?.query, textOf(request?.body ?? utf8(""))], [path, "a=b", "hello"]);
  assert.equal((await ask(listener.url, "GET", path))[0], 404);
  assert.deepEqual(await ask(listener.url, "POST", path, "bad"), [400, "malformed"]);
  assert.deepEqual(await ask(listener.url, "POST", path, "x".repeat(70_000)), [413, "too-large"]);
  await clientsOf(listener.url).inference.predictions({});
});

test("a path of nobody's, and a listener with nothing beside it, answer 415", async () => {
  await using listener = await openFakeGrpc({ beside: [thing()] });
  assert.equal((await ask(listener.url, "POST", "/other"))[0], 415);
  await using alone = await openFakeGrpc();
  assert.equal((await ask(alone.url, "POST", path))[0], 415);
});
