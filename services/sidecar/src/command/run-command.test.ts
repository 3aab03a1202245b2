// Real processes: what they are given, and that none of their group outlives them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { systemClock } from "@sealserve/serving";
import { commandEnvironment, commandLine } from "./command-environment.ts";
import { upstreamProbe } from "./probe.ts";
import { runCommand } from "./run-command.ts";

const clock = systemClock();
const folders = { models: "/dev/shm/x/models", scratch: "/dev/shm/x/scratch" };
const env = { PATH: "/usr/bin:/bin" };

/** Takes the one connection on which a script tells something. */
async function told() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = Object(server.address()).port;
  const connected = once(server, "connection").then(([socket]) => {
    server.close();
    return socket;
  });
  return { port, connected };
}

test("arguments and environment name the models; nothing of our own environment is there", () => {
  assert.deepEqual(commandLine(["serve", "--repo={models}", "{models}/a"], folders), [
    "serve",
    "--repo=/dev/shm/x/models",
    "/dev/shm/x/models/a",
  ]);
  const made = commandEnvironment({ STORE: "{models}/b", HOME: "/home/x" }, folders);
  assert.deepEqual(Object.keys(made).sort(), [
    "HOME",
    "LANG",
    "PATH",
    "SEALSERVE_MODELS",
    "STORE",
    "TEMP",
    "TMP",
    "TMPDIR",
  ]);
  assert.deepEqual([made["STORE"], made["HOME"]], [`${folders.models}/b`, "/home/x"]);
  for (const name of ["TMPDIR", "TEMP", "TMP"]) assert.equal(made[name], folders.scratch);
  assert.equal(commandEnvironment({}, { ...folders, models: null })["SEALSERVE_MODELS"], undefined);
});

test("the process has the environment that it is given, and no other", async () => {
  const { port, connected } = await told();
  const script = `require("net").connect(${port}, "127.0.0.1").end(JSON.stringify(process.env))`;
  const command = runCommand({ argv: [process.execPath, "-e", script], env: { A: "1" } }, { clock });
  assert.deepEqual(JSON.parse(await text(await connected)), { A: "1" });
  assert.equal(await command.ended, "exit code 0");
});

test("how it ended is told", async () => {
  assert.equal(await runCommand({ argv: ["sh", "-c", "exit 3"], env }, { clock }).ended, "exit code 3");
  assert.equal(await runCommand({ argv: ["sh", "-c", "kill -9 $$"], env }, { clock }).ended, "SIGKILL");
  assert.match(await runCommand({ argv: ["/nowhere/serve"], env }, { clock }).ended, /^it cannot be started/);
});

test("one that does not heed the request to end is killed after its grace", async () => {
  const { port, connected } = await told();
  const script = `process.on("SIGTERM", () => {}); require("net").connect(${port}, "127.0.0.1"); setInterval(() => {}, 1e6)`;
  const command = runCommand({ argv: [process.execPath, "-e", script], env }, { clock });
  await connected;
  await command.stop(50);
  assert.equal(await command.ended, "SIGKILL");
  await command.stop(50);
});

test("what it started does not outlive it", async () => {
  const { port, connected } = await told();
  const child = `require("net").connect(${port}, "127.0.0.1"); process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)`;
  const script = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]); setTimeout(() => {}, 1e6)`;
  const command = runCommand({ argv: [process.execPath, "-e", script], env }, { clock });
  const socket = await connected;
  socket.resume();
  await command.stop(5_000);
  await once(socket, "close");
});

test("an upstream is ready where it answers as it should, or where it accepts connections", async () => {
  const { createServer: createHttp } = await import("node:http");
  let status = 200;
  const server = createHttp((_, response) => response.writeHead(status).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const upstream = new URL(`http://127.0.0.1:${Object(server.address()).port}`);
  const asked = upstreamProbe({ upstream, ready: { path: "/ready", statuses: [200, 401] }, timeout: 1_000 });
  const accepted = upstreamProbe({ upstream, ready: null, timeout: 1_000 });
  assert.deepEqual([await asked(), await accepted()], [true, true]);
  status = 401;
  assert.equal(await asked(), true);
  status = 503;
  assert.deepEqual([await asked(), await accepted()], [false, true]);
  server.close();
  await once(server, "close");
  assert.deepEqual([await asked(), await accepted()], [false, false]);
});
