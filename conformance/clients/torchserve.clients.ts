// A TorchServe user's folder and curl script, once with the original's command and once with ours: what the script prints is the same.
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { endOf } from "../fixtures/spawned-command.ts";
import { realToolchain } from "../fixtures/torchserve-toolchain.ts";
import { builtCommand } from "./built-server.ts";

const run = promisify(execFile);
const userFolder = join(import.meta.dirname, "torchserve-user");
const handlers = join(import.meta.dirname, "../torchserve/handlers");

// The script uses the ports of TorchServe's documentation, so it has a network of its own; whatever it started ends with it.
const alone = [
  ...["--net", "--pid", "--fork", "--mount-proc", "--kill-child"],
  ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
];
const possible = spawnSync("unshare", [...alone, "ip", "link", "set", "lo", "up"]).status === 0;
const tools = await realToolchain();
const cannot = "missing" in tools ? tools.missing : !possible && "it needs unshare, ip and the right to use them";

type Environment = Readonly<Record<string, string>>;

/** Each run has a folder of its own: servers write into it. Resolves with what the script printed. */
async function requests(folder: string, torchserve: string, environment: Environment): Promise<string> {
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  const child = spawn("unshare", [...alone, "sh", "-c", "ip link set lo up && exec sh requests.sh"], {
    cwd: folder,
    env: { ...environment, TORCHSERVE: torchserve, TEMP: temporary, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 180_000,
  });
  const { code, stdout, stderr } = await endOf(child);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  return stdout;
}

test("a TorchServe user's folder and curl script need another command's name, and nothing else", {
  skip: cannot,
}, async () => {
  assert.ok("python" in tools);
  await using folder = await temporaryFolder();
  const { python, packages } = tools;
  const environment = { ...tools.environment, PATH: `${join(packages, "bin")}:${tools.environment["PATH"] ?? ""}` };
  const made = join(folder.path, "made");
  await cp(userFolder, made, { recursive: true });
  for (const file of ["linear.py", "number_lists.py", "upper.py"]) await cp(join(handlers, file), join(made, file));
  await run(python, ["-B", join(handlers, "make_weights.py"), made], { env: environment });
  await run("sh", ["make-archives.sh"], { cwd: made, env: environment });
  const printed = async (name: string, torchserve: string): Promise<string> => {
    await cp(made, join(folder.path, name), { recursive: true });
    return requests(join(folder.path, name), torchserve, environment);
  };
  const ours = await printed("ours", `${process.execPath} ${builtCommand} torchserve`);
  assert.match(ours, /3\.0,\s+5\.0/);
  assert.equal(ours, await printed("original", "torchserve"));
});
