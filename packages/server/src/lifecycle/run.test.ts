// From start to exit code: in order, in reverse, within the limit, and at once when asked twice.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "@sealserve/serving";
import { ConfigError } from "../config/config-error.ts";
import { silentLogger } from "../logger/logger.ts";
import { run, type Start } from "./run.ts";

/** A process in which nothing dies. */
class FakeProcess extends EventEmitter {
  errors = "";
  exits: number[] = [];
  kills: string[] = [];
  readonly pid = 4711;
  readonly stderr = { write: (line: string) => (this.errors += line) };

  kill(pid: number, signal: string): void {
    this.kills.push(`${signal} to ${pid}`);
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}

const logger = silentLogger();

function begin(start: Start, debug = false) {
  const process = new FakeProcess();
  return { process, ended: run(start, { process, clock: systemClock(), debug }) };
}

test("stops in reverse order at the first signal, and ends with 0", async () => {
  const stopped: string[] = [];
  const { process, ended } = begin(async (stack) => {
    stack.defer(() => void stopped.push("engine"));
    stack.defer(() => void stopped.push("listener"));
    return { logger, stopLimit: 1_000 };
  });
  process.emit("SIGTERM");
  assert.equal(await ended, 0);
  assert.deepEqual(stopped, ["listener", "engine"]);
  assert.equal(process.listenerCount("SIGTERM") + process.listenerCount("SIGINT"), 0);
});

test("gives up on what does not stop within the limit, and ends with 1", async () => {
  const { process, ended } = begin(async (stack) => {
    stack.defer(() => new Promise(() => {}));
    return { logger, stopLimit: 10 };
  });
  process.emit("SIGINT");
  assert.equal(await ended, 1);
});

test("ends with 1 if something fails to stop, after the rest has stopped", async () => {
  const stopped: string[] = [];
  const { process, ended } = begin(async (stack) => {
    stack.defer(() => void stopped.push("engine"));
    stack.defer(() => Promise.reject(new Error("late")));
    return { logger, stopLimit: 1_000 };
  });
  process.emit("SIGTERM");
  assert.equal(await ended, 1);
  assert.deepEqual(stopped, ["engine"]);
});

test("the second signal exits at once", async () => {
  const { process, ended } = begin(async (stack) => {
    stack.defer(() => new Promise(() => {}));
    return { logger, stopLimit: 10 };
  });
  process.emit("SIGINT");
  process.emit("SIGTERM");
  assert.deepEqual([process.kills, process.exits], [["SIGTERM to 4711"], [143]]);
  await ended;
});

test("a failed start stops what had started, says one sentence, and ends with 1", async () => {
  const stopped: string[] = [];
  const { process, ended } = begin(async (stack) => {
    stack.defer(() => void stopped.push("engine"));
    throw new Error("the port is in use");
  });
  assert.equal(await ended, 1);
  assert.deepEqual(stopped, ["engine"]);
  assert.equal(process.errors, "the port is in use\n");
});

test("a failed start shows its stack when debugging", async () => {
  const { process, ended } = begin(() => Promise.reject(new Error("x")), true);
  await ended;
  assert.match(process.errors, /at .*run\.test\.ts/);
});

test("faults of the configuration end with 2", async () => {
  const { ended } = begin(() => Promise.reject(new ConfigError([])));
  assert.equal(await ended, 2);
});

test("a signal during a start aborts it, and that is no failure", async () => {
  const { process, ended } = begin(async (_stack, stopping) => {
    await once(stopping, "abort");
    throw stopping.reason;
  });
  process.emit("SIGTERM");
  assert.equal(await ended, 0);
  assert.equal(process.errors, "");
});

/** A real process that has said that it is ready. */
async function spawnLife(life: string) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("../testing/signal-process.ts", import.meta.url)), life],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const exited = once(child, "exit");
  return { child, exited, errors: text(child.stderr), said: () => once(child.stdout, "data") };
}

test("a real process ends with 0 at SIGTERM", async () => {
  const { child, exited, said } = await spawnLife("serves");
  await said();
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`a real process that hangs ends at once at the second ${signal}`, async () => {
    const { child, exited, said } = await spawnLife("hangs");
    await said();
    child.kill(signal);
    await said();
    child.kill(signal);
    assert.deepEqual(await exited, [null, signal]);
  });
}

test("a real process whose start fails ends with 1 and its sentence", async () => {
  const { exited, errors } = await spawnLife("fails");
  assert.deepEqual(await exited, [1, null]);
  assert.equal(await errors, "the store is missing: create it\n");
});

test("a real process with a faulty configuration ends with 2", async () => {
  const { exited } = await spawnLife("misconfigured");
  assert.deepEqual(await exited, [2, null]);
});
