// Finds the Python interpreter, and TorchServe's package in it.
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { isInImage } from "./in-image.ts";
import { noLimits, supervised } from "./supervisor.ts";

export interface Interpreter {
  /** The program itself, not a script that finds it. */
  readonly path: string;
  /** `3.11.2`. */
  readonly version: string;
  /** The folder in which the package `ts` lies. */
  readonly home: string;
}

export interface InterpreterOptions {
  /** A path or a name on the search path; null: `python3`, else `python`. */
  readonly interpreter: string | null;
  /** What the interpreter is asked in. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whom its workers will run as; null: the server's user. */
  readonly user: number | null;
  /** It, and TorchServe's package, have to lie in the file system that this program is in. */
  readonly imageOnly: boolean;
}

/** There is no interpreter, or it lacks a package; the sentence says what to install. */
export class InterpreterError extends Error {}

/** TorchServe's worker imports them, and installs none. */
const needed = {
  ts: "torchserve",
  torch: "torch",
  psutil: "psutil",
  yaml: "PyYAML",
  packaging: "packaging",
  numpy: "numpy",
};

const packages = Object.values(needed).join(" ");

/** Looks for the packages without importing any: torch alone takes seconds. Not in the folder that it happens to be asked in, as workers do not. */
const question = `
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import importlib.util, json, platform
names = sys.argv[1:]
specs = {name: importlib.util.find_spec(name) for name in names}
ts = specs["ts"]
print(json.dumps({
    "path": sys.executable,
    "version": platform.python_version(),
    "missing": [name for name in names if specs[name] is None],
    "ts": list(ts.submodule_search_locations or [])[0:1] if ts else [],
}))
`;

const answerShape = z.object({
  path: z.string().min(1),
  version: z.string(),
  missing: z.array(z.string()),
  ts: z.array(z.string()),
});

/** Throws {@link InterpreterError}. */
export async function findInterpreter(options: InterpreterOptions): Promise<Interpreter> {
  const program = await programOf(options);
  if (options.imageOnly) await expectInImage(program);
  const { path, version, missing, ts } = await ask(program, options);
  const absent = missing.map((name) => needed[name as keyof typeof needed] ?? name);
  if (absent.length > 0) {
    const readable = options.user === null ? "" : ` that user ${options.user} (python.users) may read`;
    throw new InterpreterError(
      `${path} (Python ${version}) has no ${absent.join(", ")}${readable}: install with '${path} -m pip install ${packages}', or name another interpreter as python.interpreter (SEALSERVE_PYTHON)`,
    );
  }
  const [folder = ""] = ts;
  if (!(await isThere(join(folder, "model_service_worker.py")))) {
    throw new InterpreterError(
      `the package 'ts' of ${path} at ${folder} is not TorchServe's: install with '${path} -m pip install ${packages}'`,
    );
  }
  const home = resolve(folder, "..");
  if (options.imageOnly) for (const each of [path, home]) await expectInImage(each);
  return { path, version, home };
}

/** Throws {@link InterpreterError}. */
export async function expectInImage(path: string): Promise<void> {
  if (await isInImage(path).catch(() => false)) return;
  throw new InterpreterError(
    `${path} does not lie in the image that was measured: in a TEE only what is in it runs Python handlers, nothing that is mounted beside it`,
  );
}

async function programOf({ interpreter, environment }: InterpreterOptions): Promise<string> {
  const names = interpreter === null ? ["python3", "python"] : [interpreter];
  for (const name of names) {
    const folders = name.includes("/") ? [""] : (environment["PATH"] ?? "").split(delimiter);
    for (const folder of folders) {
      const path = isAbsolute(name) ? name : folder === "" ? resolve(name) : join(folder, name);
      if (await isThere(path, constants.X_OK)) return path;
    }
  }
  const where = interpreter === null ? "python3 is not on the search path" : `${interpreter} is not there`;
  throw new InterpreterError(
    `it has a Python handler, and ${where}: install Python and 'pip install ${packages}', and name the interpreter as python.interpreter (SEALSERVE_PYTHON)`,
  );
}

async function isThere(path: string, mode: number = constants.R_OK): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}

function ask(path: string, { environment, user }: InterpreterOptions): Promise<z.infer<typeof answerShape>> {
  return new Promise((fulfil, reject) => {
    const options = { env: environment, timeout: 30_000, maxBuffer: 1 << 16, encoding: "utf8" } as const;
    const args = ["-c", question, ...Object.keys(needed)];
    const all = supervised({ interpreter: path, program: path, args, limits: noLimits, user });
    execFile(path, all, options, (error, stdout, stderr) => {
      const parsed = error ? null : parse(stdout);
      if (parsed) fulfil(parsed);
      else {
        const said = stderr.trim().split("\n").at(-1) || error?.message || "it gave no answer";
        reject(new InterpreterError(`${path} is no working Python interpreter: ${said.slice(0, 300)}`));
      }
    });
  });
}

function parse(text: string): z.infer<typeof answerShape> | null {
  try {
    return answerShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
