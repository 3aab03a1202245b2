// Real sidecars that are killed: their commands end, whatever of them left the group included, and what lay in memory is gone.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { folderPrefix } from "../models/sign-of-life.ts";
import { listening, spawnSidecar } from "../testing/spawned-sidecar.ts";

const shm = { skip: existsSync("/dev/shm") ? false : "this machine has no /dev/shm" };

/** Writes a secret, and holds a connection to the test open as long as it lives; so does a child of it in a session of its own. */
const command = `
const { writeFileSync } = require("node:fs");
const { spawn } = require("node:child_process");
const hold = 'process.on("SIGTERM", () => {}); require("node:net").connect(Number(process.argv[1]), "127.0.0.1"); setInterval(() => {}, 1e6);';
writeFileSync(process.env.HOME + "/secret", "weights");
spawn(process.execPath, ["-e", hold, process.argv[1]], { detached: true, stdio: "ignore" });
eval(hold);
require("node:http").createServer((_, response) => response.end()).listen(Number(process.argv[2]), "127.0.0.1");
`;

interface Sidecar extends AsyncDisposable {
  readonly process: ChildProcess;
  /** One of the command's, one of its child's. */
  readonly held: readonly Socket[];
  log(): string;
}

async function startSidecar(root: string): Promise<Sidecar> {
  const { server, port } = await listening();
  const held: Socket[] = [];
  const both = Promise.withResolvers<void>();
  server.on("connection", (socket) => {
    socket.resume().on("error", () => "its process was killed");
    if (held.push(socket) === 2) both.resolve();
  });
  const sidecar = await spawnSidecar({ script: command, args: [`${port}`], protocol: "any", memoryFolder: root });
  await both.promise;
  return {
    ...{ process: sidecar.process, held, log: sidecar.log },
    async [Symbol.asyncDispose]() {
      server.close();
      await sidecar[Symbol.asyncDispose]();
    },
  };
}

const folders = async (root: string): Promise<readonly string[]> =>
  (await readdir(root)).filter((name) => name.startsWith(folderPrefix));

async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !(await look()); await wait(20)) {
    assert.ok(performance.now() < end, "it did not come about");
  }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Children of a process, by what they were started with. */
async function childOf({ pid }: ChildProcess, argument: string): Promise<number> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [stat, line] = await Promise.all(
      ["stat", "cmdline"].map((file) => readFile(`/proc/${name}/${file}`, "latin1").catch(() => "")),
    );
    const parent = Number(stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (parent === pid && line?.includes(argument)) found.push(Number(name));
  }
  assert.equal(found.length, 1, argument);
  return found[0] ?? 0;
}

test("its command and what that started end with it, and its folder goes", shm, async () => {
  const root = await mkdtemp("/dev/shm/test-");
  try {
    await using sidecar = await startSidecar(root);
    const [name = ""] = await folders(root);
    assert.equal(await readFile(join(root, name, "scratch/secret"), "utf8"), "weights");
    const gone = sidecar.held.map((socket) => once(socket, "close"));
    await kill(sidecar.process);
    await Promise.all(gone);
    await until(async () => (await folders(root)).length === 0);
  } finally {
    await rm(root, { recursive: true });
  }
});

test("a guard that is killed has a successor, which knows what runs", shm, async () => {
  const root = await mkdtemp("/dev/shm/test-");
  try {
    await using sidecar = await startSidecar(root);
    const first = await childOf(sidecar.process, "guard-main");
    process.kill(first, "SIGKILL");
    await until(() => /the guard ended/.test(sidecar.log()));
    const next = await (async () => {
      for (;;) {
        const pid = await childOf(sidecar.process, "guard-main").catch(() => first);
        if (pid !== first) return pid;
        await wait(20);
      }
    })();
    assert.notEqual(next, first);
    assert.equal((await folders(root)).length, 1);
    const gone = sidecar.held.map((socket) => once(socket, "close"));
    await kill(sidecar.process);
    await Promise.all(gone);
    await until(async () => (await folders(root)).length === 0);
  } finally {
    await rm(root, { recursive: true });
  }
});

test(
  "what a sidecar and its guard, killed together, left is removed by the next one; what lives stays",
  shm,
  async () => {
    const root = await mkdtemp("/dev/shm/test-");
    try {
      await using living = await startSidecar(root);
      const [kept = ""] = await folders(root);
      await using killed = await startSidecar(root);
      const guard = await childOf(killed.process, "guard-main");
      killed.process.kill("SIGSTOP");
      process.kill(guard, "SIGKILL");
      await kill(killed.process);
      assert.equal((await folders(root)).length, 2);
      const gone = killed.held.map((socket) => once(socket, "close"));
      await using _next = await startSidecar(root);
      const left = await folders(root);
      assert.equal(left.length, 2);
      assert.ok(left.includes(kept));
      assert.equal(living.process.exitCode, null);
      await Promise.all(gone);
      assert.ok(living.held.every((socket) => !socket.destroyed));
    } finally {
      await rm(root, { recursive: true });
    }
  },
);
