// Which sockets are opened for which protocols, and which are refused.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { systemClock } from "@sealserve/serving";
import { silentLogger } from "../logger/logger.ts";
import { fakeProtocol, reply } from "../testing/fake-protocol.ts";
import { ListenerError } from "./listener-error.ts";
import type { ListenersOptions } from "./listener-options.ts";
import { isLoopback } from "./loopback.ts";
import { openListeners } from "./open-listeners.ts";

const options: ListenersOptions = { host: "127.0.0.1", tls: null, insecurePlaintext: false };
const parts = { clock: systemClock(), logger: silentLogger() };
const speaker = (name: string) => fakeProtocol(name, { [`GET /${name}`]: async () => reply(name) });

async function freePort(): Promise<number> {
  await using listeners = await openListeners(options, [{ protocol: speaker("a"), port: 0 }], parts);
  return Number(new URL(listeners.urls["a"] ?? "").port);
}

test("each protocol has its own free port, or none", async () => {
  const bindings = [
    { protocol: speaker("a"), port: 0 },
    { protocol: speaker("b"), port: 0 },
    { protocol: speaker("c"), port: false },
  ] as const;
  await using listeners = await openListeners(options, bindings, parts);
  assert.deepEqual(Object.keys(listeners.urls), ["a", "b"]);
  assert.notEqual(listeners.urls["a"], listeners.urls["b"]);
});

test("protocols with one port share a socket", async () => {
  const port = await freePort();
  const bindings = [
    { protocol: speaker("a"), port },
    { protocol: speaker("b"), port },
  ];
  await using listeners = await openListeners(options, bindings, parts);
  assert.deepEqual(listeners.urls, { a: `http://127.0.0.1:${port}`, b: `http://127.0.0.1:${port}` });
  for (const name of ["a", "b"]) assert.equal(await (await fetch(`http://127.0.0.1:${port}/${name}`)).text(), name);
});

test("a port in use is told with the listener and the port, and nothing stays open", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const address = taken.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const free = await freePort();
  const bindings = [
    { protocol: speaker("a"), port: free },
    { protocol: speaker("b"), port },
  ];
  await assert.rejects(openListeners(options, bindings, parts), (error) => {
    assert.ok(error instanceof ListenerError && error.code === "port-in-use");
    assert.deepEqual(error.facts, { listener: "b", host: "127.0.0.1", port });
    return true;
  });
  await assert.rejects(fetch(`http://127.0.0.1:${free}/a`));
  taken.close();
});

test("an address of another machine is told", async () => {
  const elsewhere = { ...options, host: "192.0.2.1", insecurePlaintext: true };
  await assert.rejects(openListeners(elsewhere, [{ protocol: speaker("a"), port: 0 }], parts), {
    code: "host-unavailable",
  });
});

test("outside loopback needs TLS or the word that plaintext is insecure", async () => {
  const bindings = [{ protocol: speaker("a"), port: 0 }];
  const open = { ...options, host: "0.0.0.0" };
  await assert.rejects(openListeners(open, bindings, parts), { code: "plaintext-outside-loopback" });
  await using plain = await openListeners({ ...open, insecurePlaintext: true }, bindings, parts);
  assert.match(plain.urls["a"] ?? "", /^http:\/\/0\.0\.0\.0:/);
  await using secure = await openListeners({ ...open, tls: "self-signed" }, bindings, parts);
  assert.match(secure.urls["a"] ?? "", /^https:/);
});

test("knows which addresses stay on the machine", () => {
  for (const host of ["localhost", "127.0.0.1", "127.8.9.10", "::1"]) assert.ok(isLoopback(host), host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "models.example", "localhost.example", ""]) {
    assert.ok(!isLoopback(host), host);
  }
});
