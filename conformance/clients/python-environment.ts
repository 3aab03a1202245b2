// Makes a Python environment with packages from PyPI, once, or says why it cannot.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../../.toolchain/python");

export type PythonEnvironment = { readonly python: string } | { readonly missing: string };

/** An environment holding exactly `requirements` (such as `tritonclient[http]==2.60.0`) and what they need. */
export async function pythonEnvironment(name: string, requirements: readonly string[]): Promise<PythonEnvironment> {
  const digest = createHash("sha256").update(requirements.join("\n")).digest("hex").slice(0, 12);
  const home = join(folder, `${name}-${digest}`);
  const python = join(home, "bin/python");
  const stamp = join(home, "installed");
  if (await exists(stamp)) return { python };
  try {
    await rm(home, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await run("python3", ["-m", "venv", home]);
    await run(python, ["-m", "pip", "install", "--quiet", ...requirements], { timeout: 540_000 });
    await writeFile(stamp, `${requirements.join("\n")}\n`);
    return { python };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    const reason = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : String(error);
    return { missing: `no Python environment with ${requirements.join(", ")}: ${reason}` };
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
