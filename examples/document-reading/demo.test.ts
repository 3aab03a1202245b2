// Runs the demo as `make demo` does: it ends well only if every answer agrees; and whoever looks on sees no secret of it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

const secretFiles = new Set(["root.key", "admin.key"]);

/** What the machine shows of the demo while it runs: arguments and environments of its processes, and its files but the secret ones. */
class Onlooker {
  readonly secrets = new Set<string>();
  readonly #folder: string;
  readonly #seen = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async look(): Promise<void> {
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const environ = await read(`/proc/${pid}/environ`);
      if (!environ.includes(this.#folder)) continue;
      const shown = environ + (await read(`/proc/${pid}/cmdline`));
      this.#seen.set(shown, shown);
    }
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries.filter((each) => each.isFile())) {
      const file = join(entry.parentPath, entry.name);
      const content = await read(file);
      if (secretFiles.has(basename(file))) this.#learn(content);
      else if (/state/.test(entry.parentPath)) this.#seen.set(file, content);
    }
  }

  /** Which of the secrets, cut short, stand in what was seen or in `more`. */
  found(more: string): readonly string[] {
    const all = [...this.#seen.values(), more];
    return [...this.secrets]
      .filter((secret) => all.some((text) => text.includes(secret)))
      .map((each) => each.slice(0, 4));
  }

  #learn(content: string): void {
    for (const line of content.split("\n")) {
      if (line.length < 32 || line.startsWith("-----")) continue;
      this.secrets.add(line);
      if (/^[0-9a-f]{64}$/.test(line)) this.secrets.add(Buffer.from(line, "hex").toString("latin1"));
    }
  }
}

/** Empty where it is gone. */
async function read(file: string): Promise<string> {
  return readFile(file, "latin1").catch(() => "");
}

test("the demo reads the document through all three APIs, and from a sealed model over a verified connection, and shows no secret", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-onlooker-"));
  try {
    const onlooker = new Onlooker(folder);
    const env = { ...process.env, TMPDIR: folder };
    const demo = spawn(process.execPath, [join(import.meta.dirname, "demo.ts")], { env });
    let [stdout, stderr] = ["", ""];
    demo.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    demo.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = once(demo, "close");
    while (demo.exitCode === null && demo.signalCode === null) {
      await onlooker.look();
      await delay(100);
    }
    await ended;
    assert.equal(demo.exitCode, 0, stdout + stderr);
    assert.doesNotMatch(stdout, /✗/);
    assert.equal([...stdout.matchAll(/Patient 4711 M\. Keller, HbA1c 8\.9 %, Metformin 850 mg/g)].length, 7);
    assert.ok(
      onlooker.secrets.size >= 3,
      "the root key, as text and as bytes, and the administrator's key were seen in their files",
    );
    assert.deepEqual(onlooker.found(stdout + stderr), []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
