// What an archive's requirements file names, installed for its workers alone: beside its files, or in a virtual environment.
// Source: TorchServe 0.12, `ModelManager.java`.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { EngineLoadError } from "../engine-error.ts";
import type { ModelUser } from "./model-users.ts";
import type { PythonOptions } from "./python-parts.ts";
import { makeFolder } from "./shared-folder.ts";
import { statedRequirements } from "./stated-requirements.ts";
import { noLimits, supervised } from "./supervisor.ts";

export interface DependencyOptions {
  readonly model: string;
  /** Of the archive's files. */
  readonly folder: string;
  /** Among them; null: there is none. */
  readonly requirementsFile: string | null;
  readonly useVenv: boolean;
  readonly memoryOnly: boolean;
  /** Whom what is installed runs as, also while it is; null: the server's user. */
  readonly user: ModelUser | null;
  readonly interpreter: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly python: Pick<PythonOptions, "installDependencies" | "wheels" | "directRequirements">;
}

/** What workers are started with so that they find them. */
export interface Dependencies {
  readonly program: string;
  /** A folder for the search path, before all others; null: none. */
  readonly packages: string | null;
}

/** Milliseconds. */
const installTimeout = 900_000;

/**
 * Nothing is installed unless the operator allows it: packages run as code in what may see a sealed model. Throws `EngineLoadError`, or the
 * signal's reason.
 */
export async function installDependencies(options: DependencyOptions, signal: AbortSignal): Promise<Dependencies> {
  const { model, folder, requirementsFile, useVenv, memoryOnly, user, interpreter, python } = options;
  const failed = (reason: string): EngineLoadError => new EngineLoadError("load-failed", { model, reason });
  const installs = requirementsFile !== null && python.installDependencies;
  if (installs && memoryOnly && python.wheels === null) {
    throw failed(
      "its requirements would come from the network, into a process that sees what must stay secret: put the packages into a folder, and name it as python.wheels",
    );
  }
  if (!installs) return { program: interpreter, packages: null };
  const run = (program: string, args: readonly string[]): Promise<void> => runPython(program, args, options, signal);
  const source = python.wheels === null ? [] : ["--no-index", "--find-links", python.wheels];
  const pip = [
    ...["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir"],
    ...source,
  ];
  const requirements = ["-r", await statedRequirements({ model, folder, requirementsFile, user, python })];
  if (!useVenv) {
    const packages = join(folder, ".packages");
    await makeFolder(packages, user);
    await run(interpreter, [...pip, "--target", packages, ...requirements]);
    return { program: interpreter, packages };
  }
  const venv = join(folder, ".venv");
  await makeFolder(venv, user);
  // Pip itself is seen through the system's packages.
  await run(interpreter, ["-m", "venv", "--system-site-packages", "--without-pip", venv]);
  const own = join(venv, "bin/python");
  await run(own, [...pip, ...requirements]);
  return { program: own, packages: null };
}

function runPython(
  program: string,
  args: readonly string[],
  { model, folder, interpreter, environment, user }: DependencyOptions,
  signal: AbortSignal,
): Promise<void> {
  const options = {
    cwd: folder,
    env: environment,
    signal,
    timeout: installTimeout,
    maxBuffer: 1 << 24,
  } as const;
  return new Promise((resolve, reject) => {
    const all = supervised({ interpreter, program, args, limits: noLimits, user: user?.id ?? null });
    execFile(interpreter, all, options, (error, _stdout, stderr) => {
      if (!error) resolve();
      else if (signal.aborted) reject(signal.reason);
      else {
        const lines = stderr.trim().split("\n");
        const said = lines.findLast((line) => line.startsWith("ERROR: ")) ?? lines.at(-1) ?? "";
        const reason = `its requirements cannot be installed: ${said.slice(0, 300) || error.message}`;
        reject(new EngineLoadError("load-failed", { model, reason }, error));
      }
    });
  });
}
