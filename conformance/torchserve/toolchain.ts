// What the differential run needs of the machine, or the sentence that says what is missing.
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

export interface RealToolchain {
  /** The interpreter that has torch. */
  readonly python: string;
  /** The folder of the torchserve package and the archivers. */
  readonly packages: string;
  /** For every program that is started from here. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function realToolchain(): Promise<RealToolchain | { readonly missing: string }> {
  const python = process.env["SEALSERVE_PYTHON"] ?? "/usr/bin/python3";
  const java = await outcome("java", ["-version"]);
  if (java.failed !== null) return { missing: `no Java for the real TorchServe: ${java.failed}` };
  const torch = await outcome(python, ["-c", "import torch, torchvision"]);
  if (torch.failed !== null) return { missing: `${python} has no torch and torchvision: ${torch.failed}` };
  const installed = await outcome(join(root, "tools/torchserve-path.sh"), []);
  if (installed.failed !== null) return { missing: installed.failed };
  const packages = installed.stdout.trim();
  return {
    python,
    packages,
    environment: {
      // A model whose runtime is python3 runs with the first of that name.
      PATH: `${dirname(python)}:${process.env["PATH"] ?? ""}`,
      HOME: process.env["HOME"] ?? "/",
      PYTHONPATH: packages,
      // Two cores hold a score of workers: none of them needs threads.
      OMP_NUM_THREADS: "1",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  };
}

async function outcome(
  program: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly failed: string | null }> {
  try {
    const { stdout } = await run(program, args, { timeout: 300_000 });
    return { stdout, failed: null };
  } catch (error) {
    const told = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    return { stdout: "", failed: told.trim().split("\n").at(-1) || String(error) };
  }
}
