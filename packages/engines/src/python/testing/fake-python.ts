// Python as handlers find it, with a worker that is told how to behave in place of TorchServe's; for tests.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

export const pythonOptions: PythonOptions = {
  interpreter: null,
  startTimeout: 20_000,
  environmentDeny: [],
  installDependencies: false,
  wheels: null,
  limits: { memory: null, processes: null, files: null, cpuSeconds: null },
  decodeInputRequest: true,
  metricsConfig: null,
  maxResponseSize: 1_000_000,
  limitMaxImagePixels: true,
  serviceEnvelope: null,
  defaultServiceHandler: null,
};

export class FakePython implements AsyncDisposable {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<FakePython> {
    const folder = await mkdtemp(join(tmpdir(), "fake-python-"));
    for (const name of ["ts", ...packages]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "__init__.py"), "");
    }
    const worker = fileURLToPath(new URL("./fake-worker.py", import.meta.url));
    await copyFile(worker, join(folder, "ts/model_service_worker.py"));
    return new FakePython(folder);
  }

  parts(changes: Partial<PythonOptions> = {}, environment: PythonParts["environment"] = {}): PythonParts {
    return {
      options: { ...pythonOptions, ...changes },
      environment: { ...process.env, PYTHONPATH: this.#folder, ...environment },
      memoryOnly: false,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
