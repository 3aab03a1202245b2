// A server that speaks as OpenAI's does, and wants a key of its own, behind a sidecar: ready without the key, answers piece by piece.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { spawnSidecar } from "./testing/spawned-sidecar.ts";
import { ask, http2Client } from "./testing/upstreams.ts";

/** Each piece of a stream waits for a call of `/health`, so that one that is held back on the way keeps all others. */
const server = `
const waiting = [];
require("node:http").createServer((request, response) => {
  const json = (status, value) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (request.url === "/health") {
    waiting.shift()?.();
    return json(200, {});
  }
  if (request.headers.authorization !== "Bearer sk-own") return json(401, { error: { code: "invalid_api_key" } });
  if (request.url === "/v1/models") return json(200, { object: "list", data: [{ id: "m", object: "model" }] });
  response.writeHead(200, { "content-type": "text/event-stream" });
  const words = ["one", "two", "[DONE]"];
  const next = () => {
    response.write("data: " + words.shift() + "\\n\\n");
    if (words.length === 0) response.end();
    else waiting.push(next);
  };
  request.resume().on("end", next);
}).listen(Number(process.argv[1]), "127.0.0.1");
`;
const key = { authorization: "Bearer sk-own" };
const body = JSON.stringify({ model: "m", stream: true, messages: [] });
const chat = { "content-type": "application/json", ...key };

test("it is ready though it wants a key, the key is passed on, and events come as they are made", async () => {
  await using sidecar = await spawnSidecar({ script: server, protocol: "openai" });
  const { url } = sidecar;
  assert.equal((await ask(`${url}/v1/models`)).status, 401);
  assert.equal(JSON.parse((await ask(`${url}/v1/models`, { headers: key })).text).data[0].id, "m");
  assert.equal((await ask(`${url}/v1/load_lora_adapter`, { method: "POST", headers: key })).status, 403);
  const step = async (): Promise<void> => void assert.equal((await ask(`${url}/health`)).status, 200);

  const asked = request(`${url}/v1/chat/completions`, { method: "POST", headers: chat, rejectUnauthorized: false });
  asked.end(body);
  const [answer] = await once(asked, "response");
  assert.equal(answer.headers["content-type"], "text/event-stream");
  await comesAsMade(answer, step);

  await using client = await http2Client(url);
  const stream = client.call({ ":method": "POST", ":path": "/v1/chat/completions", ...chat });
  stream.end(body);
  await comesAsMade(stream, step);
});

async function comesAsMade(answer: Readable, step: () => Promise<void>): Promise<void> {
  const pieces: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
  for (const word of ["one", "two", "[DONE]"]) {
    assert.equal(String((await pieces.next()).value), `data: ${word}\n\n`);
    if (word !== "[DONE]") await step();
  }
  assert.equal((await pieces.next()).done, true);
}
