// Users for models: what a server must be able to do, who gets which, and that what they install and run is theirs alone.
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { memoryFiles } from "../../../../conformance/fixtures/model-definition.ts";
import { type ModelUsersParts, openModelUsers, takeUser, type UserRange } from "./model-users.ts";
import { FakePython, noPip, noPython } from "./testing/fake-python.ts";
import { FakeWorkers, told } from "./testing/fake-workers.ts";

const range: UserRange = { from: 200_000, count: 2 };

interface Seen {
  readonly capabilities?: string;
  readonly uidMap?: string;
  readonly gidMap?: string;
  readonly own?: number;
}

const everyone = "         0          0 4294967295\n";

function system({
  capabilities = "000001ffffffffff",
  uidMap = everyone,
  gidMap = everyone,
  own = 0,
}: Seen = {}): ModelUsersParts {
  const files: Record<string, string> = {
    "/proc/self/status": `Name:\tnode\nCapPrm:\t0000000000000000\nCapEff:\t${capabilities}\n`,
    "/proc/self/uid_map": uidMap,
    "/proc/self/gid_map": gidMap,
  };
  return { read: (path) => files[path] ?? "", own };
}

describe("users for models", () => {
  it("are given out one by one, the one that was free for longest first, and no more than there are", () => {
    const users = openModelUsers(range, system());
    const [first, second] = [users.take(), users.take()];
    assert.deepEqual([first?.id, second?.id, users.take()], [200_000, 200_001, null]);
    assert.throws(() => takeUser("m", { users }), { code: "load-failed", message: /all 2 users .*python\.users/ });
    second?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    assert.deepEqual([users.take()?.id, users.take()?.id, users.take()], [200_001, 200_000, null]);
  });

  it("who has none is told of", () => {
    let told = 0;
    assert.equal(takeUser("m", { onServersUser: () => told++ }), null);
    assert.equal(told, 1);
  });

  const refusals: readonly (readonly [string, Seen, object])[] = [
    ["no rights", { capabilities: "0000000000000000" }, { code: "missing-capabilities" }],
    [
      "too few rights",
      { capabilities: "00000000000000c1" },
      { code: "missing-capabilities", facts: { missing: ["CAP_DAC_OVERRIDE", "CAP_KILL"] } },
    ],
    ["one of them itself", { own: 200_001 }, { code: "own-user" }],
    ["a namespace with too few users", { uidMap: "0 100000 65536\n" }, { code: "unmapped" }],
    ["a namespace with too few groups", { gidMap: "0 0 1\n1 100000 200000\n" }, { code: "unmapped" }],
    ["nothing of Linux's", { uidMap: "" }, { code: "unmapped" }],
  ];
  for (const [what, seen, error] of refusals) {
    it(`are refused to a server that has ${what}`, () => {
      assert.throws(() => openModelUsers(range, system(seen)), error);
    });
  }

  it("are refused where there is no /proc", () => {
    const read = (): never => {
      throw new Error("ENOENT");
    };
    assert.throws(() => openModelUsers(range, { read, own: 0 }), { code: "no-linux" });
  });

  it("may come from several lines of a namespace's map", () => {
    assert.ok(openModelUsers(range, system({ uidMap: "0 1000 1\n200000 300000 10\n" })).take());
  });
});

const notRoot = process.getuid?.() !== 0 && "users of their own take root";

describe("a model with a user of its own (G19)", { skip: noPython || notRoot }, () => {
  // One that every user may run.
  const interpreter = "/usr/bin/python3";
  const users = { from: 220_000, count: 2 };
  let python: FakePython;
  let workers: FakeWorkers;
  before(async () => {
    python = await FakePython.open();
    await chmod(python.folder, 0o755);
    workers = new FakeWorkers(python);
  });
  after(() => workers[Symbol.asyncDispose]());

  it("is run, ended and started again as that user, in no group but its own", async () => {
    await using runner = await workers.open({ options: { interpreter }, users: openModelUsers(users) });
    const expected = { uid: 220_000, gid: 220_000, groups: [], home: true };
    assert.deepEqual(JSON.parse(await told(runner, "identity")), expected);
    const daemon = Number(await told(runner, "daemon"));
    await assert.rejects(told(runner, "exit 1"));
    assert.deepEqual(JSON.parse(await told(runner, "identity")), expected);
    assert.throws(() => process.kill(daemon, 0), { code: "ESRCH" });
  });

  for (const useVenv of [false, true]) {
    it(`installs what it requires as that user${useVenv ? " in an environment of its own" : ""}`, {
      skip: noPip,
    }, async () => {
      const wheels = await python.wheels("greeting", "hello");
      await chmod(wheels, 0o755);
      const options = { interpreter, installDependencies: true, wheels };
      const files = memoryFiles({ "h.py": Buffer.from("code"), "r.txt": Buffer.from("greeting\n") });
      const engine = {
        kind: "python",
        handler: "h.py",
        serializedFile: null,
        envelope: null,
        requirementsFile: "r.txt",
      } as const;
      await using runner = await workers.open({
        options,
        users: openModelUsers(users),
        definition: { useVenv, engine, files },
      });
      assert.equal(await told(runner, "import greeting"), "hello");
      assert.equal(await told(runner, "owner greeting"), "220000");
    });
  }

  it("that is in use is not given to another; one whose model is gone is", async () => {
    const one = openModelUsers({ from: 230_000, count: 1 });
    const first = await workers.open({ options: { interpreter }, users: one });
    await assert.rejects(workers.open({ options: { interpreter }, users: one }), { code: "load-failed" });
    await first[Symbol.asyncDispose]();
    await using second = await workers.open({ options: { interpreter }, users: one });
    assert.equal(JSON.parse(await told(second, "identity")).uid, 230_000);
  });

  it("whose interpreter that user may not run is not loaded, and says so", async () => {
    await chmod(python.folder, 0o700);
    const opened = workers.open({ options: { interpreter }, users: openModelUsers(users) });
    await assert.rejects(opened, { code: "load-failed", message: /user 220000 \(python\.users\)/ });
    await chmod(python.folder, 0o755);
  });
});
