// The workflows of the differential run, made by the real archiver.
import { execFile } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RealToolchain } from "../fixtures/torchserve-toolchain.ts";

const run = promisify(execFile);

const specs: Readonly<Record<string, string>> = {
  pair: `models:
  min-workers: 1
  max-workers: 1
  batch-size: 1
  first:
    url: upper.mar
  second:
    url: echo.mar
dag:
  first: [second]
`,
  diamond: `models:
  min-workers: 1
  max-workers: 2
  loud:
    url: upper.mar
dag:
  before: [loud, length]
  loud: [after]
  length: [after]
`,
  leaves: "models:\n  min-workers: 1\ndag:\n  before: [after, length]\n",
  "text-leaf": "models:\n  loud:\n    url: upper.mar\ndag:\n  before: [loud, length]\n",
  "failing-node": "models:\n  min-workers: 1\ndag:\n  before: [failing]\n",
  "never-starts": "models:\n  min-workers: 1\ndag:\n  before: [never_loads]\n",
  "no-model": "models:\n  far:\n    url: none-of-this-name.mar\ndag:\n  before: [far]\n",
  "self-loop": "models:\n  min-workers: 1\ndag:\n  before: [before]\n",
  "two-way": "models:\n  min-workers: 1\ndag:\n  before: [after]\n  after: [before]\n",
  circle:
    "models:\n  min-workers: 1\ndag:\n  before: [after]\n  after: [length]\n  length: [after2]\n  after2: [after]\n",
  "two-roots": "models:\n  min-workers: 1\ndag:\n  before: [after]\n  length: [after]\n",
};

/** Puts them into `store`; writes into `folder` what they are made of. */
export async function makeWorkflows(folder: string, store: string, tools: RealToolchain): Promise<void> {
  const handler = join(folder, "graph.py");
  await cp(join(import.meta.dirname, "handlers/graph.py"), handler);
  for (const [name, text] of Object.entries(specs)) {
    const spec = join(folder, `${name}.yaml`);
    await writeFile(spec, text);
    await run(
      tools.python,
      [
        join(tools.packages, "bin/torch-workflow-archiver"),
        ...["--workflow-name", name, "--spec-file", spec, "--handler", handler, "--export-path", store],
      ],
      { env: tools.environment },
    );
  }
}
