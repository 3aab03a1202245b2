// The interpreter and the torchserve package for tests with Python handlers, or what is missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const interpreter = process.env["SEALSERVE_PYTHON"] ?? ["/usr/bin/python3"].find(existsSync) ?? "python3";

const found = find();

/** Why tests with Python handlers are skipped; false: they are not. */
export const noTorchserve: string | false = "missing" in found && found.missing;

/** The folder with the package, for PYTHONPATH; "" where there is none. */
export const torchservePackages: string = "folder" in found ? found.folder : "";

function find(): { readonly folder: string } | { readonly missing: string } {
  if (spawnSync(interpreter, ["-c", "import torch"]).status !== 0) return { missing: `${interpreter} has no torch` };
  const tool = spawnSync(join(import.meta.dirname, "../../tools/torchserve-path.sh"), { encoding: "utf8" });
  if (tool.status === 0) return { folder: tool.stdout.trim() };
  return { missing: tool.stderr.trim().split("\n").at(-1) ?? "there is no torchserve package" };
}
