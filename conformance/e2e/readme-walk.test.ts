// The README's walk of a request and a key across three processes: its very commands, in a network of their own, since they use the usual ports.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { filledIn, walkCommands } from "../fixtures/readme-walk.ts";
import { endOf } from "../fixtures/spawned-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const root = join(import.meta.dirname, "../..");
const alone = ["--net", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
const possible = spawnSync("unshare", [...alone, "ip", "link", "set", "lo", "up"]).status === 0;
const openssl = spawnSync("openssl", ["version"]).status === 0;

test("the README's walk across three processes", {
  skip:
    !(possible && openssl) && "it needs openssl, and for a network of its own unshare, ip and the right to use them",
}, async () => {
  await using folder = await temporaryFolder();
  const commands = filledIn([...walkCommands().values()].join("\n"), { WALK: folder.path });
  // Whatever fails, what was started ends.
  const script = `set -e\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n${commands}`;
  const child = spawn("unshare", [...alone, "sh", "-c", 'ip link set lo up && exec bash -c "$0"', script], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 100_000,
  });
  const { code, stdout, stderr } = await endOf(child);
  assert.equal(code, 0, stderr);
  assert.ok(stdout.includes("[[1.5, 2.5]]"), stdout);
  assert.match(stdout, /one unbroken chain/);
});
