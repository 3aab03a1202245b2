// The README's walk of a request and a key across three processes: its very commands, in a network of their own, since they use the usual ports.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { endOf } from "../fixtures/spawned-command.ts";

const root = join(import.meta.dirname, "../..");
const alone = ["--net", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
const possible = spawnSync("unshare", [...alone, "ip", "link", "set", "lo", "up"]).status === 0;

function commandsUnder(heading: string): string {
  const [, section = ""] = readFileSync(join(root, "README.md"), "utf8").split(`## ${heading}\n`);
  const [, commands] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  assert.ok(commands, `the README has no commands under '${heading}'`);
  return commands;
}

test("the README's walk across three processes", {
  skip: !possible && "a network of its own needs unshare, ip and the right to use them",
}, async () => {
  // Whatever fails, what was started ends.
  const script = `set -e\ntrap 'kill $(jobs -p) 2>/dev/null; rm -rf "$walk"' EXIT\n${commandsUnder("Frontend, backend and key broker apart")}`;
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
