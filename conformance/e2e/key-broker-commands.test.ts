// `sealserve tenants|keys|policy|reference|audit` against the key broker of `dev`, and a broker that is a process of its own.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { identityModel } from "../fixtures/onnx-model.ts";
import { type RunningDev, startDev } from "./running-dev.ts";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const policy = {
  appraisal: { name: "strict", references: [], tcbStatuses: ["UpToDate"], hardwareIds: null },
  keys: ["model-key"],
};
const reference = { tee: "tdx", name: "r1", mrTd: ["ab".repeat(48)] };

describe("commands", () => {
  let dev: RunningDev;
  before(async () => {
    dev = await startDev();
  });
  after(() => dev[Symbol.asyncDispose]());

  async function done(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await dev.administer(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }

  test("a tenant gets a key, a policy and a reference value, and they can be listed and taken away", async () => {
    const of = ["--tenant", "acme"];
    const model = [...of, "--model", "ocr"];
    await done("tenants", "create", "acme");
    assert.match(await done("tenants", "list"), /^acme$/m);
    const recipient = await done("keys", "create", "model-key", ...of);
    assert.match(recipient, /^age1[a-z0-9]{58}$/);
    assert.equal(await done("keys", "export", "model-key", ...of), recipient);
    const rotated = await done("keys", "rotate", "model-key", ...of);
    assert.notEqual(rotated, recipient);
    await done("keys", "disable", "model-key", "--generation", "2", ...of);
    assert.equal(await done("keys", "export", "model-key", ...of), recipient);
    const keys = JSON.parse(await done("keys", "list", "--json", ...of));
    assert.deepEqual(
      keys.map((key: { generation: number; enabled: boolean }) => [key.generation, key.enabled]),
      [
        [1, true],
        [2, false],
      ],
    );
    await done("policy", "set", await dev.folder.write("policy.json", JSON.stringify(policy)), ...model);
    assert.equal(JSON.parse(await done("policy", "show", ...model)).appraisal.name, "strict");
    await done("reference", "add", await dev.folder.write("reference.json", JSON.stringify(reference)), ...model);
    assert.deepEqual(JSON.parse(await done("reference", "list", ...model)), [reference]);
    await done("reference", "remove", "r1", ...model);
    await done("policy", "remove", ...model);
    const gone = await dev.administer("policy", "remove", ...model);
    assert.deepEqual([gone.code, gone.stderr.startsWith("not-found")], [1, true]);
  });

  test("wrong usage ends with 2, another's key and a policy with a slip with 1", async () => {
    const broker = dev.ready.listeners["keyBroker.admin"] ?? "";
    const none = await runSealserve(["tenants", "list", "--broker", broker, "--admin-key", "/nowhere"]);
    const plain = await runSealserve([
      "tenants",
      "list",
      "--broker",
      "http://broker.example",
      "--admin-key",
      dev.ready.adminKey,
    ]);
    assert.deepEqual([none.code, plain.code], [2, 2]);
    const { privateKey } = generateKeyPairSync("ed25519");
    const strange = await dev.folder.write("strange.key", privateKey.export({ type: "pkcs8", format: "pem" }));
    const refused = await runSealserve(["tenants", "list", "--broker", broker, "--admin-key", strange]);
    assert.deepEqual([refused.code, refused.stderr.split(":")[0]], [1, "admin-refused"]);
    const slip = await dev.folder.write("slip.yaml", "appraisal: {name: x}\nkeys: []\n");
    const malformed = await dev.administer("policy", "set", slip, "--tenant", "dev", "--model", "m");
    assert.deepEqual([malformed.code, malformed.stderr.split(":")[0]], [1, "malformed-request"]);
  });

  test("the log is shown, verified against a checkpoint that is kept, and replayed; a cut-off log is found out", async () => {
    await dev
      .seal(await dev.folder.write("plain.onnx", identityModel()), "sealed.onnx.age")
      .then(() => dev.settled("sealed"));
    const entries = (await done("audit", "show", "--json")).split("\n").map((line) => JSON.parse(line));
    assert.ok(entries.some(({ act, verdict }) => act === "unwrap" && verdict === "accepted"));
    assert.match(await done("audit", "show"), /unwrap .* accepted .*SIMULATED/);
    const checkpoint = join(dev.folder.path, "checkpoint.json");
    assert.match(await done("audit", "verify", "--checkpoint", checkpoint), /one unbroken chain/);
    await done("tenants", "create", "later");
    await done("audit", "verify", "--checkpoint", checkpoint);
    const trust = ["--trust-anchor", dev.ready.trustAnchor];
    assert.match(await done("audit", "replay", ...trust), /decisions judged again, 0 differ/);
    const untrusted = await dev.administer("audit", "replay");
    assert.deepEqual([untrusted.code, untrusted.stdout.includes("root-untrusted")], [1, true]);
    const late = await dev.administer("audit", "replay", ...trust, "--at", "2099-01-01T00:00:00Z");
    assert.deepEqual([late.code, /DIFFERS .*expired/.test(late.stdout)], [1, true]);
    const other = await dev.folder.write(
      "other.json",
      JSON.stringify({ ...JSON.parse(await readFile(checkpoint, "utf8")), hash: "0".repeat(64) }),
    );
    const forked = await dev.administer("audit", "verify", "--checkpoint", other);
    assert.deepEqual([forked.code, forked.stderr.split(":")[0]], [1, "forked"]);
    const pruned = await done("audit", "prune", "--before", new Date().toISOString());
    assert.match(pruned, /^1-\d+ {2}pruned /);
    assert.match(await done("audit", "verify", "--checkpoint", checkpoint), /one unbroken chain/);
    assert.ok((await done("audit", "show")).startsWith(pruned.trim()));
    assert.match(await done("audit", "replay", ...trust), /pruned .*\n.*0 differ/s);
    const twice = await dev.administer("audit", "prune", "--before", "2020-01-01T00:00:00Z");
    assert.deepEqual([twice.code, twice.stderr.split(":")[0]], [1, "conflict"]);
    const database = new DatabaseSync(join(dev.folder.path, "state/broker.sqlite"));
    database.exec(
      `update audit set entry = replace(entry, '"time":"20', '"time":"19') where sequence = (select min(sequence) from audit)`,
    );
    database.close();
    const changed = await dev.administer("audit", "verify");
    assert.deepEqual([changed.code, changed.stderr.split(":")[0]], [1, "changed"]);
  });
});

describe("a root key in shares, and a broker as a process of its own", () => {
  let folder: TemporaryFolder;
  let child: ChildProcess | null = null;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(async () => {
    child?.kill("SIGKILL");
    await folder[Symbol.asyncDispose]();
  });

  async function start(
    config: object,
  ): Promise<{ readonly listeners: Readonly<Record<string, string>> | null; readonly stderr: () => string }> {
    const file = await folder.write("broker.yaml", JSON.stringify(config));
    const main = join(import.meta.dirname, "../../services/key-broker/src/main.ts");
    const started = spawn(process.execPath, [main, file], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "" },
    });
    child = started;
    let log = "";
    started.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    for await (const line of createInterface({ input: started.stdout }))
      return { ...JSON.parse(line), stderr: () => log };
    return { listeners: null, stderr: () => log };
  }

  test("any three of five shares start it; two do not; a start without administrators fails", async () => {
    const shares = join(folder.path, "shares");
    const made = await runSealserve(["keys", "new-root", "--shares", "3/5", "--out", shares]);
    assert.equal(made.code, 0, made.stderr);
    const file = (index: number) => join(shares, `share-${index}.json`);
    assert.equal((await stat(file(1))).mode & 0o077, 0);
    const again = await runSealserve(["keys", "new-root", "--shares", "3/5", "--out", shares]);
    assert.equal(again.code, 2);
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const pem = (await folder.write("admin.pub", publicKey.export({ type: "spki", format: "pem" }))) as string;
    const key = await folder.write("admin.key", privateKey.export({ type: "pkcs8", format: "pem" }));
    const config = {
      listen: { port: 0 },
      admin: { listen: { port: 0 }, administrators: [{ name: "me", publicKey: pem, roles: ["key-admin", "auditor"] }] },
      operations: { port: 0 },
      database: join(folder.path, "broker.sqlite"),
      auditWitness: join(folder.path, "witness.json"),
      trustDomain: "test.example",
      rootKey: { shares: [file(1), file(2)] },
    };
    const few = await start(config);
    assert.deepEqual([few.listeners, /2 of 3 shares/.test(few.stderr())], [null, true]);
    const nobody = await start({
      ...config,
      rootKey: { shares: [file(1), file(2), file(3)] },
      admin: { administrators: [] },
    });
    assert.deepEqual([nobody.listeners, /administrators/.test(nobody.stderr())], [null, true]);
    const { listeners } = await start({ ...config, rootKey: { shares: [file(5), file(2), file(3)] } });
    assert.ok(listeners);
    const create = ["tenants", "create", "acme", "--broker", listeners["admin"] ?? "", "--admin-key", key];
    assert.equal((await runSealserve(create)).code, 0);
    assert.equal((await fetch(`${listeners["operations"]}/readyz`)).status, 200);
    assert.ok(child);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.equal((await stat(config.database)).mode & 0o077, 0, "nobody else reads the database");
    const anew = join(folder.path, "anew");
    const from = ["--from", file(1), file(3), file(4)];
    const shared = await runSealserve(["keys", "new-root", "--shares", "2/3", "--epoch", "2", "--out", anew, ...from]);
    assert.equal(shared.code, 0, shared.stderr);
    const second = await start({
      ...config,
      rootKey: { shares: [join(anew, "share-3.json"), join(anew, "share-1.json")] },
    });
    assert.ok(second.listeners, second.stderr());
    child.kill("SIGTERM");
    await once(child, "exit");
    const old = await start({ ...config, rootKey: { shares: [file(5), file(2), file(3)] } });
    assert.deepEqual([old.listeners, /epoch 1, but the root key is in epoch 2/.test(old.stderr())], [null, true]);
    await rm(config.database);
    const rolledBack = await start({ ...config, rootKey: { shares: [file(5), file(2), file(3)] } });
    assert.deepEqual([rolledBack.listeners, /was seen before/.test(rolledBack.stderr())], [null, true]);
    const accept = ["broker", "accept-restored", "--config", join(folder.path, "broker.yaml")];
    const told = await runSealserve(accept);
    assert.deepEqual([told.code, told.stdout.split(":")[0]], [1, "rolled-back"]);
    assert.equal((await runSealserve([...accept, "--yes"])).code, 0);
    const accepted = await start({ ...config, rootKey: { shares: [file(5), file(2), file(3)] } });
    assert.ok(accepted.listeners, accepted.stderr());
  });
});
