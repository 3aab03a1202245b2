// The sidecar as a process on simulated hardware: keys from a key broker, evidence that clients check, refusals that start nothing.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { openAttested } from "@sealserve/client/node";
import { type DevReady, trustOf } from "./running-dev.ts";
import { onFreePorts, startProcess } from "./running-processes.ts";
import { runSealserve } from "./running-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Tells what it was given; `PORT` in its environment. */
const server = `
const { readFileSync } = require("node:fs");
require("node:http").createServer((request, response) => {
  const { SEALSERVE_MODELS } = process.env;
  response.end(JSON.stringify({ text: readFileSync(SEALSERVE_MODELS + "/m/1/weights", "utf8"), names: Object.keys(process.env) }));
}).listen(Number(process.argv[1]), "127.0.0.1");
`;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = Object(probe.address());
  probe.close();
  await once(probe, "close");
  return port;
}

test("keys come from the broker, models lie in memory only, and clients see what is behind the door", async () => {
  await using folder = await temporaryFolder();
  const hardware = join(folder.path, "hardware");
  await using broker = startProcess([
    "dev",
    "key-broker",
    "--hardware",
    hardware,
    "--allow",
    "m",
    ...onFreePorts.keyBroker,
  ]);
  const published = (await broker.ready) as unknown as DevReady;
  await folder.write("plain/m/1/weights", "the secret weights");
  const repository = join(folder.path, "repository");
  const out = join(repository, "m");
  const sealed = await runSealserve(["seal", join(folder.path, "plain/m"), "--to", published.recipient, "--out", out]);
  assert.equal(sealed.code, 0, sealed.stderr);
  const port = await freePort();
  const args = (root: string | null, simulate: readonly string[] = []): readonly string[] => [
    ...["dev", "sidecar", "--hardware", hardware, ...simulate],
    ...["--config", root === null ? join(folder.path, "sidecar.yaml") : join(folder.path, "rooted.yaml")],
    ...["--", process.execPath, "-e", server, String(port)],
  ];
  const config = {
    ...{ upstream: `http://127.0.0.1:${port}`, protocol: "any", repository, port: 0, drainDelay: 0 },
    operations: { port: 0 },
    identity: { keyBroker: { url: published.listeners["broker"] ?? "", tenant: "dev", process: "server" } },
  };
  await folder.write("sidecar.yaml", JSON.stringify(config));
  await folder.write("rooted.yaml", JSON.stringify({ ...config, roots: { m: ["0".repeat(64)] } }));
  const before = await memory();
  {
    await using sidecar = startProcess(args(null));
    const ready = await sidecar.ready;
    assert.deepEqual(ready["start"], ["unproven", "evidence", "verdict", "ready"]);
    await using attested = await openAttested(ready.listeners["sidecar"] ?? "", trustOf(published));
    const answer = await attested.fetch(`${ready.listeners["sidecar"]}/`);
    const { text, names } = (await answer.json()) as { text: string; names: readonly string[] };
    assert.equal(text, "the secret weights");
    assert.deepEqual([...names].sort(), ["HOME", "LANG", "PATH", "SEALSERVE_MODELS", "TEMP", "TMP", "TMPDIR"]);
    assert.equal((await memory()).length, before.length + 1);
    sidecar.process.kill("SIGTERM");
    assert.equal(await sidecar.ended(), 0);
  }
  assert.deepEqual(await memory(), before);
  for (const [refused, code] of [
    [args("0"), /is not the model that is expected/],
    [args(null, ["--simulate", "changed-measurement"]), /does not start/],
  ] as const) {
    await using sidecar = startProcess(refused);
    assert.equal(await sidecar.ended(), 1);
    assert.match(sidecar.log(), code);
    assert.doesNotMatch(sidecar.log(), /listening.*sidecar|the upstream is ready/);
    assert.deepEqual(await memory(), before);
  }
});

async function memory(): Promise<readonly string[]> {
  return (await readdir("/dev/shm")).filter((name) => name.startsWith("sealserve-sidecar-"));
}
