// What a program forks does not outlive it, nor the server, however it hides: sessions of their own, orphans, the deaf, those that fork on and on.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { noLimits, supervised } from "./supervisor.ts";
import { noPython } from "./testing/fake-python.ts";
import { FakeWorkers, told, until } from "./testing/fake-workers.ts";

/** Prints the numbers of a child that is deaf, of one in a session of its own whose parent is gone, and of that one's child; then its own. */
const forking = `
import os, signal, sys, time
def child(do):
    if os.fork() == 0:
        do()
        os._exit(0)
def stay():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(600)
def away():
    os.setsid()
    child(lambda: (child(stay), stay()))
child(stay)
child(away)
os.write(1, b"%d\\n" % os.getpid())
`;

interface Started {
  readonly process: ChildProcess;
  /** All that it printed the numbers of. */
  readonly pids: readonly number[];
}

/** `prelude`: what the supervisor itself does first. */
async function start(script: string, printed: number, prelude = ""): Promise<Started> {
  const program = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  const args = supervised({ interpreter: program, program, args: ["-c", script], limits: noLimits, user: null });
  const all = args.map((each) => each.replace("import ctypes, json, os, signal, sys", `$&\n${prelude}`));
  const child = spawn(program, all, { stdio: ["ignore", "pipe", "inherit"] });
  return { process: child, pids: await numbers(child, printed) };
}

async function numbers({ stdout }: ChildProcess, printed: number): Promise<number[]> {
  const found: number[] = [];
  if (stdout) {
    for await (const line of createInterface({ input: stdout })) if (found.push(Number(line)) === printed) break;
  }
  assert.equal(found.length, printed);
  return found;
}

/** Also what has ended, but was not taken note of, is gone. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const gone = (pids: readonly number[]): Promise<void> => until(() => !pids.some(isRunning));

describe("a supervised program (G18)", { skip: noPython, timeout: 60_000 }, () => {
  let workers: FakeWorkers;
  before(async () => {
    workers = await FakeWorkers.start();
  });
  after(() => workers[Symbol.asyncDispose]());

  it("that exits takes with it all that it forked, and its code is told", async () => {
    const { process: child, pids } = await start(`${forking}\ntime.sleep(0.5)\nsys.exit(7)`, 4);
    assert.ok(pids.every(isRunning));
    assert.deepEqual(await once(child, "exit"), [7, null]);
    assert.deepEqual(pids.filter(isRunning), []);
  });

  for (const signal of ["SIGKILL", "SIGSEGV", "SIGTERM"] as const) {
    it(`that is ended by ${signal} takes with it all that it forked, and the signal is told`, async () => {
      const { process: child, pids } = await start(`${forking}\ntime.sleep(600)`, 4);
      const [worker = 0] = pids.filter((pid) => parentOf(pid) === child.pid && groupOf(pid) === pid && !isDeaf(pid));
      process.kill(worker, signal);
      assert.deepEqual(await once(child, "exit"), [null, signal]);
      assert.deepEqual(pids.filter(isRunning), []);
    });
  }

  it("goes with all that it forked when that is asked for", async () => {
    const { process: child, pids } = await start(`${forking}\ntime.sleep(600)`, 4);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [null, "SIGTERM"]);
    assert.deepEqual(pids.filter(isRunning), []);
  });

  it("does not get away by forking on and on", async () => {
    const chain = `${forking}\ntime.sleep(0.5)\nwhile True:\n    if os.fork() != 0: os._exit(0)\n    os.setsid()`;
    const { process: child, pids } = await start(chain, 4);
    if (child.exitCode === null) await once(child, "exit");
    assert.deepEqual(pids.filter(isRunning), []);
  });

  it("does not get away by forking in a row, deeper than Python calls itself", async () => {
    const row = "import os, time\nfor _ in range(200):\n    if os.fork() != 0: break\n";
    const stay = 'os.write(1, b"%d\\n" % os.getpid())\ntime.sleep(600)';
    const { process: child, pids } = await start(row + stay, 201, "sys.setrecursionlimit(30)");
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [null, "SIGTERM"]);
    assert.deepEqual(pids.filter(isRunning), []);
  });

  it("cannot gain rights by a program, and leaves no core", async () => {
    const seen = "import os\nfor line in open('/proc/self/status'):\n  if 'NoNewPrivs' in line: print(line.split()[1])";
    assert.deepEqual((await start(seen, 1)).pids, [1]);
  });

  it("goes with all that it forked when the server is killed", async () => {
    const file = fileURLToPath(new URL("./supervisor.ts", import.meta.url));
    const server = `
      import { spawn } from "node:child_process";
      import { noLimits, supervised } from ${JSON.stringify(file)};
      const args = ["-c", ${JSON.stringify(`${forking}\ntime.sleep(600)`)}];
      const program = "/usr/bin/env";
      const all = supervised({ interpreter: "python3", program, args: ["python3", ...args], limits: noLimits, user: null });
      spawn("python3", all, { stdio: ["ignore", "inherit", "inherit"] });
    `;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", server], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pids = await numbers(child, 4);
    assert.ok(pids.every(isRunning));
    child.kill("SIGKILL");
    await gone(pids);
  });

  it("that does not know its parent is not begun", () => {
    const args = supervised({
      interpreter: "python3",
      program: "/bin/echo",
      args: ["begun"],
      limits: noLimits,
      user: null,
    });
    const stranger = args.map((each) => each.replace(`"parent":${process.pid}`, '"parent":1'));
    assert.throws(() => execFileSync("python3", stranger, { stdio: "pipe" }), { status: 1 });
    assert.equal(execFileSync("python3", args, { encoding: "utf8" }), "begun\n");
  });

  it("is not begun where Linux refuses to hold its processes together", () => {
    const args = supervised({
      interpreter: "python3",
      program: "/bin/echo",
      args: ["begun"],
      limits: noLimits,
      user: null,
    });
    const refused = args.map((each) => each.replace('"PR_SET_CHILD_SUBREAPER", 36', '"PR_SET_CHILD_SUBREAPER", 9999'));
    assert.throws(
      () => execFileSync("python3", refused, { stdio: "pipe" }),
      (error: unknown) => {
        const { status, stdout, stderr } = error as { status: number; stdout: Buffer; stderr: Buffer };
        assert.match(stderr.toString(), /^IsolationError: .*PR_SET_CHILD_SUBREAPER/);
        return status === 1 && stdout.length === 0;
      },
    );
  });

  it("is one more process for a worker, whose own number is told", async () => {
    await using runner = await workers.open();
    const [instance] = runner.instances?.() ?? [];
    const worker = Number(await told(runner, "pid"));
    assert.equal(instance?.pid, worker);
  });

  for (const [how, body] of [
    ["does not answer in time", "hang"],
    ["is killed", "kill"],
  ] as const) {
    it(`of a worker that ${how} leaves nothing, wherever it went`, async () => {
      await using runner = await workers.open({ definition: { responseTimeout: 500 } });
      const pid = Number(await told(runner, "daemon"));
      assert.equal(isRunning(pid), true);
      await assert.rejects(told(runner, body));
      await gone([pid]);
    });
  }

  it("of a model that is unloaded has left nothing by then", async () => {
    const runner = await workers.open();
    const pid = Number(await told(runner, "daemon"));
    await runner[Symbol.asyncDispose]();
    assert.equal(isRunning(pid), false);
  });
});

function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

const parentOf = (pid: number): number => Number(statOf(pid)[1]);
const groupOf = (pid: number): number => Number(statOf(pid)[2]);

function isDeaf(pid: number): boolean {
  const [, ignored = "0"] = /^SigIgn:\s+(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${ignored}`) & (1n << 14n)) !== 0n;
}
