// The model archives that TorchServe and Sealserve are compared by, made by the real archiver; and one with a Node handler, made by ours.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RealToolchain } from "../../conformance/fixtures/torchserve-toolchain.ts";

const run = promisify(execFile);
const here = import.meta.dirname;

/** How many workers each model has, in turn. */
export const workerCounts = [1, 2] as const;

/** Into `store`, under these names with the number of workers behind a dash: what both servers load. */
export const pythonModels = ["no-op", "convolution"] as const;

/** Into `nodeStore`: what ours alone loads. */
export const nodeModel = "convolution-node";

/** Makes all of them in `folder`. */
export async function writeArchives(
  folder: string,
  tools: RealToolchain,
): Promise<{ readonly store: string; readonly nodeStore: string }> {
  const [weights, store, nodeStore] = ["weights", "store", "node-store"].map((name) => join(folder, name));
  if (!weights || !store || !nodeStore) throw new TypeError("three folders");
  for (const made of [weights, store, nodeStore]) await mkdir(made);
  await run(tools.python, [join(here, "make_model.py"), weights], { env: tools.environment });
  const archiver = [join(tools.packages, "bin/torch-model-archiver")];
  for (const workers of workerCounts) {
    const config = join(folder, `${workers}.yaml`);
    await writeFile(config, `minWorkers: ${workers}\nmaxWorkers: ${workers}\n`);
    const archive = (name: string, handler: string, to: string, weightsFile?: string): string[] => [
      ...["--model-name", `${name}-${workers}`, "--version", "1.0", "--export-path", to, "--config-file", config],
      ...["--handler", join(here, handler)],
      ...(weightsFile ? ["--serialized-file", join(weights, weightsFile)] : []),
    ];
    const pack = (args: string[]): Promise<unknown> =>
      run(tools.python, [...archiver, ...args], { env: tools.environment });
    await pack(archive("no-op", "no_op.py", store));
    await pack(archive("convolution", "convolution.py", store, "convolution.pt"));
    await run(join(here, "../../sealserve"), [
      "pack",
      ...archive(nodeModel, "convolution.ts", nodeStore, "convolution.onnx"),
    ]);
  }
  return { store, nodeStore };
}
