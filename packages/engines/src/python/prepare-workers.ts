// How the workers of a model are started: by which program, with which arguments and variables, and with what installed.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EngineLoadError } from "../engine-error.ts";
import type { ModelDefinition, PythonChoice } from "../model-definition.ts";
import { installDependencies } from "./dependencies.ts";
import { findInterpreter, type Interpreter, InterpreterError } from "./interpreter.ts";
import type { PythonParts } from "./python-parts.ts";
import { systemPath, workerEnvironment } from "./worker-environment.ts";
import type { WorkerCommand } from "./worker-process.ts";

export interface PrepareOptions {
  readonly definition: ModelDefinition;
  readonly choice: PythonChoice;
  readonly handler: string;
  /** Of the archive's files. */
  readonly folder: string;
  readonly memoryOnly: boolean;
  readonly python: PythonParts;
}

/** Throws `EngineLoadError`, or the signal's reason. */
export async function prepareWorkers(
  { definition, choice, handler, folder, memoryOnly, python }: PrepareOptions,
  signal: AbortSignal,
): Promise<Pick<WorkerCommand, "interpreter" | "program" | "args" | "environment">> {
  const { name: model, useVenv, asyncCommunication } = definition;
  const { options } = python;
  // Where evidence is given, the host chose the environment, but neither the program nor its configuration.
  const untrusted = python.memoryOnly;
  const { path, home } = await interpreterOf(model, python);
  const environmentWith = (packages: string | null): Record<string, string> =>
    workerEnvironment({
      environment: python.environment,
      deny: options.environmentDeny,
      ...{ folder, handler, home, packages, untrusted },
      extra: {
        TS_DECODE_INPUT_REQUEST: String(options.decodeInputRequest),
        // What a handler puts down for a while must not lie on a disk either, nor what Python compiles.
        ...(memoryOnly && { TMPDIR: join(folder, temporary), PYTHONPYCACHEPREFIX: "" }),
        ...(untrusted && {
          PATH: systemPath,
          HOME: join(folder, temporary),
          PYTHONNOUSERSITE: "1",
          PIP_CONFIG_FILE: "/dev/null",
        }),
      },
    });
  if (memoryOnly) await mkdir(join(folder, temporary), { mode: 0o700 });
  const { requirementsFile } = choice;
  const { program, packages } = await installDependencies(
    {
      ...{ model, folder, requirementsFile, useVenv, memoryOnly, python: options },
      interpreter: path,
      environment: environmentWith(null),
    },
    signal,
  );
  const script = join(home, "ts/model_service_worker.py");
  const metrics = options.metricsConfig ?? join(home, "ts/configs/metrics.yaml");
  return {
    interpreter: path,
    program,
    args: [script, "--metrics-config", metrics, ...(asyncCommunication ? ["--async"] : [])],
    environment: environmentWith(packages),
  };
}

const temporary = ".tmp";

async function interpreterOf(model: string, { options, environment, memoryOnly }: PythonParts): Promise<Interpreter> {
  try {
    const asked = memoryOnly ? { ...environment, PATH: systemPath, PYTHONNOUSERSITE: "1" } : environment;
    return await findInterpreter({ interpreter: options.interpreter, environment: asked });
  } catch (error) {
    if (!(error instanceof InterpreterError)) throw error;
    throw new EngineLoadError("load-failed", { model, reason: error.message }, error);
  }
}
