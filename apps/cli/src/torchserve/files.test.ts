// The files that the launcher keeps: its number, its logs, its snapshots.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { accessLine } from "./access-line.ts";
import { findConfiguration } from "./find-configuration.ts";
import { LogFile } from "./log-file.ts";
import { PidFile, temporaryFolder } from "./pid-file.ts";
import { lastSnapshot, snapshotName, writeSnapshot } from "./snapshots.ts";
import { stopRunning } from "./stop-running.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealserve-launcher-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the number of a process that is gone, or is something else, is an orphan's", async () => {
  const file = new PidFile(folder);
  assert.equal(file.read(), null);
  for (const pid of [process.pid, 2 ** 22 + 1, Number.NaN]) {
    file.write(pid);
    assert.equal(file.read(), "orphan");
  }
  const lines: string[] = [];
  assert.equal(await stopRunning({ pidFile: file, print: (line) => lines.push(line) }), 0);
  assert.deepEqual(lines, ["Removing orphan pid file.", "TorchServe is not currently running."]);
  assert.equal(file.read(), null);
});

test("a server is found by its command line, and stopped", async () => {
  const code = "process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1000); process.stdout.write('up')";
  const child = spawn(process.execPath, ["-e", code, "torchserve", "--start"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const file = new PidFile(folder);
  file.write(child.pid ?? 0);
  assert.equal(file.read(), child.pid);
  const lines: string[] = [];
  await stopRunning({ pidFile: file, print: (line) => lines.push(line) });
  assert.deepEqual(lines, ["TorchServe has stopped."]);
  assert.equal(file.read(), null);
});

test("what a stranger has put where the number belongs is not written through, and not believed (G15)", async () => {
  const file = new PidFile(folder);
  const precious = join(folder, "precious");
  writeFileSync(precious, "kept");
  symlinkSync(precious, file.path);
  assert.equal(file.read(), "orphan");
  file.write(process.pid);
  assert.equal(readFileSync(precious, "utf8"), "kept");
  assert.equal(readFileSync(file.path, "utf8"), String(process.pid));
});

test("a file speaks for processes of its own user only (G15)", { skip: process.getuid?.() !== 0 }, async () => {
  const code = "setInterval(() => {}, 1000); process.stdout.write('up')";
  const child = spawn(process.execPath, ["-e", code, "torchserve", "--start"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const file = new PidFile(folder);
  file.write(child.pid ?? 0);
  assert.equal(file.read(), child.pid);
  chownSync(file.path, 12_345, 12_345);
  assert.equal(file.read(), "orphan");
  child.kill("SIGKILL");
});

test("the folder for temporary files is the first that can be written to", () => {
  assert.equal(temporaryFolder({ TMPDIR: join(folder, "none"), TEMP: folder }), folder);
  assert.equal(temporaryFolder({}), "/tmp");
});

test("strangers read no log, neither the one that is written nor those behind it", () => {
  const path = join(folder, "logs/a.log");
  const before = process.umask(0o022);
  try {
    const log = new LogFile(path, { limit: 1 });
    for (const line of ["one\n", "two\n"]) {
      log.write(line);
      log.flush();
    }
    log.end();
  } finally {
    process.umask(before);
  }
  for (const name of [path, `${path}.1`]) assert.equal(statSync(name).mode & 0o777, 0o640, name);
});

test("a log that has grown large is begun anew, and five are kept behind it", () => {
  const path = join(folder, "logs/a.log");
  const log = new LogFile(path, { limit: 10 });
  for (let i = 0; i < 8; i++) {
    log.write(`line ${i}\n`);
    log.flush();
  }
  log.end();
  log.write("last\n");
  const names = readdirSync(join(folder, "logs")).sort();
  assert.deepEqual(names, ["a.log", "a.log.1", "a.log.2", "a.log.3", "a.log.4", "a.log.5"]);
  assert.equal(readFileSync(path, "utf8"), "last\n");
  assert.equal(readFileSync(`${path}.1`, "utf8"), "line 7\n");
});

test("the last snapshot counts, and the oldest of too many go", async () => {
  assert.equal(lastSnapshot(join(folder, "none")), null);
  const name = snapshotName("startup", Date.UTC(2030, 0, 2));
  assert.match(name, /^\d{17}-startup\.cfg$/);
  for (let i = 0; i < 3; i++) await writeSnapshot(folder, snapshotName("snapshot", i), String(i));
  utimesSync(join(folder, snapshotName("snapshot", 0)), new Date(), new Date(Date.now() + 60_000));
  writeFileSync(join(folder, "other.cfg"), "");
  assert.equal(lastSnapshot(folder), join(folder, snapshotName("snapshot", 0)));
  for (let i = 0; i < 110; i++) await writeSnapshot(folder, snapshotName("snapshot", 10 + i), "");
  assert.equal(readdirSync(folder).length, 101);
});

test("the configuration is the variable's, the flag's, the last snapshot, or the one that lies here", async () => {
  const snapshots = join(folder, "config");
  const parts = { folder, snapshots, environment: {} };
  assert.deepEqual(findConfiguration({}, parts), { text: "", path: null, isSnapshot: false });
  writeFileSync(join(folder, "config.properties"), "here");
  assert.equal(findConfiguration({}, parts).text, "here");
  await writeSnapshot(snapshots, snapshotName("shutdown", 5), "snapshot");
  assert.equal(findConfiguration({}, parts).text, "snapshot");
  assert.equal(findConfiguration({}, { ...parts, snapshots: null }).text, "here");
  writeFileSync(join(folder, "own"), "own");
  assert.equal(findConfiguration({ tsConfig: "own" }, parts).text, "own");
  assert.equal(
    findConfiguration({ tsConfig: "none" }, { ...parts, environment: { TS_CONFIG_FILE: "own" } }).text,
    "own",
  );
  assert.throws(() => findConfiguration({ tsConfig: "none" }, parts), /--ts-config file not found: none/);
});

test("a request is one line, whatever it asks for", () => {
  const exchange = { protocol: "p", route: null, captured: {}, status: 404, error: null, duration: 12.9 };
  const peer = { remoteAddress: "::1", remotePort: 5 };
  const asked = { ...exchange, method: "GET", path: '/a"\nb', query: "c=d", peer };
  assert.match(accessLine(asked, 0), /^[0-9T:,-]{23} - \/\[::1\]:5 "GET \/a\\x22\\x0ab\?c=d HTTP\/1\.1" 404 12\n$/);
  assert.match(
    accessLine({ ...exchange, method: "gRPC", path: "/p/M" }, 0),
    / - localhost "gRPC \/p\/M HTTP\/2\.0" 404 12\n$/,
  );
});
