// Listeners at addresses of their own: another host, plaintext beside TLS, a socket in the file system.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "@sealserve/serving";
import { silentLogger } from "../logger/logger.ts";
import { fakeProtocol, reply } from "../testing/fake-protocol.ts";
import { isSameSpot, spotOf } from "./listen-address.ts";
import type { ListenersOptions } from "./listener-options.ts";
import { openListeners } from "./open-listeners.ts";

const options: ListenersOptions = { host: "127.0.0.1", tls: null, insecurePlaintext: false };
const parts = { clock: systemClock(), logger: silentLogger() };
const speaker = (name: string) => fakeProtocol(name, { [`GET /${name}`]: async () => reply(name) });
const folder = await mkdtemp(join(tmpdir(), "sealserve-address-"));
after(() => rm(folder, { recursive: true, force: true }));

function ask(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, async (message) => resolve((await message.toArray()).join("")));
    asked.once("error", reject).end();
  });
}

test("a socket in the file system answers, is shared, and goes with its listener", async () => {
  const path = join(folder, "own.sock");
  const bindings = [
    { protocol: speaker("a"), port: `unix:${path}` },
    { protocol: speaker("b"), port: `unix:${path}` },
  ];
  {
    await using listeners = await openListeners(options, bindings, parts);
    assert.deepEqual(listeners.urls, { a: `unix:${path}`, b: `unix:${path}` });
    assert.deepEqual([await ask(path, "/a"), await ask(path, "/b")], ["a", "b"]);
    await assert.rejects(openListeners(options, bindings, parts), { code: "socket-failed" });
    assert.equal(await ask(path, "/a"), "a");
  }
  assert.ok(!existsSync(path));
});

test("a socket in the file system is no stranger's to connect to, whatever the process lets others do (G15)", async () => {
  const path = join(folder, "private.sock");
  const usual = process.umask(0);
  try {
    await using _ = await openListeners(options, [{ protocol: speaker("a"), port: `unix:${path}` }], parts);
    assert.equal(statSync(path).mode & 0o007, 0);
    assert.equal(process.umask(), 0);
  } finally {
    process.umask(usual);
  }
});

test("the socket that a killed process left behind is taken over; a file is not", async () => {
  const path = join(folder, "left.sock");
  const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", code]), "exit");
  assert.ok(existsSync(path));
  const at = (where: string) => openListeners(options, [{ protocol: speaker("a"), port: `unix:${where}` }], parts);
  {
    await using _ = await at(path);
    assert.equal(await ask(path, "/a"), "a");
  }
  const file = join(folder, "file");
  await writeFile(file, "kept");
  await assert.rejects(at(file), { code: "socket-failed" });
  assert.ok(existsSync(file));
});

test("a listener may be plaintext beside TLS, and still not outside loopback untold", async () => {
  const secure = { ...options, tls: "self-signed" } as const;
  const bindings = (host: string) => [
    { protocol: speaker("a"), port: 0 },
    { protocol: speaker("b"), port: { host, port: 0, tls: false } },
  ];
  await using listeners = await openListeners(secure, bindings("127.0.0.2"), parts);
  const { a = "", b = "" } = listeners.urls;
  assert.match(a, /^https:\/\/127\.0\.0\.1:/);
  assert.match(b, /^http:\/\/127\.0\.0\.2:/);
  assert.equal(await (await fetch(`${b}/b`)).text(), "b");
  assert.deepEqual(Object.keys(listeners.certificateEnds()), ["a"]);
  await assert.rejects(openListeners(secure, bindings("0.0.0.0"), parts), { code: "plaintext-outside-loopback" });
});

test("an address is shared where it is the same in every respect", () => {
  const same = (one: Parameters<typeof spotOf>[0], other: Parameters<typeof spotOf>[0]) =>
    isSameSpot(spotOf(one, "127.0.0.1"), spotOf(other, "127.0.0.1"));
  assert.ok(same(80, { host: "127.0.0.1", port: 80 }));
  assert.ok(!same(80, { host: "::1", port: 80 }));
  assert.ok(!same(80, { port: 80, tls: false }));
  assert.ok(!same(0, 0));
  assert.ok(!same(false, false));
  assert.ok(!same("unix:/a", "unix:/b"));
});
