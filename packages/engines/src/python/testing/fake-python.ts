// Python as handlers find it, with a worker that is told how to behave in place of TorchServe's; for tests.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipBytes } from "../../../../../conformance/fixtures/zip-writer.ts";
import type { PythonOptions, PythonParts } from "../python-parts.ts";

const packages = ["torch", "psutil", "yaml", "packaging", "numpy"];

/** Whether there is any Python here; tests that need one are skipped by name where not. */
export const noPython: string | false = (() => {
  try {
    execFileSync("python3", ["-c", ""], { stdio: "ignore" });
    return false;
  } catch {
    return "there is no python3";
  }
})();

/** As {@link noPython}, for tests that install something. */
export const noPip: string | false = (() => {
  if (noPython) return noPython;
  try {
    execFileSync("python3", ["-m", "pip", "--version"], { stdio: "ignore" });
    return false;
  } catch {
    return "python3 has no pip";
  }
})();

export const pythonOptions: PythonOptions = {
  interpreter: null,
  startTimeout: 20_000,
  environmentDeny: [],
  installDependencies: false,
  wheels: null,
  directRequirements: false,
  limits: { memory: null, processes: null, files: null, cpuSeconds: null },
  decodeInputRequest: true,
  metricsConfig: null,
  maxResponseSize: 1_000_000,
  limitMaxImagePixels: true,
  serviceEnvelope: null,
  defaultServiceHandler: null,
};

export class FakePython implements AsyncDisposable {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<FakePython> {
    const folder = await mkdtemp(join(tmpdir(), "fake-python-"));
    for (const name of ["ts", ...packages]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "__init__.py"), "");
    }
    const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    await copyFile(beside("./fake-worker.py"), join(folder, "ts/model_service_worker.py"));
    const distributed = join(folder, "torch/distributed");
    await mkdir(join(distributed, "elastic/multiprocessing"), { recursive: true });
    await writeFile(join(distributed, "elastic/multiprocessing/__init__.py"), "class Std: from_str = NONE = str\n");
    await copyFile(beside("./fake-torchrun.py"), join(distributed, "run.py"));
    return new FakePython(folder);
  }

  parts(changes: Partial<PythonOptions> = {}, environment: PythonParts["environment"] = {}): PythonParts {
    return {
      options: { ...pythonOptions, ...changes },
      environment: { ...process.env, PYTHONPATH: this.folder, ...environment },
      memoryOnly: false,
    };
  }

  /** Puts a package of one module into a new folder; its `value` is `value`. */
  async wheels(module: string, value: string): Promise<string> {
    const folder = await mkdtemp(join(this.folder, "wheels-"));
    const about = `${module}-1.0.dist-info`;
    const files = {
      [`${module}.py`]: `value = "${value}"\n`,
      [`${about}/METADATA`]: `Metadata-Version: 2.1\nName: ${module}\nVersion: 1.0\n`,
      [`${about}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
      [`${about}/RECORD`]: "",
    };
    const entries = Object.entries(files).map(([name, data]) => ({ name, data }));
    await writeFile(join(folder, `${module}-1.0-py3-none-any.whl`), zipBytes(entries));
    return folder;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
