// How the workers of a model are started: by which program, with which arguments and variables, and with what installed.
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { defaultSequenceHeaders, type SequenceHeaders } from "@sealserve/inference";
import { EngineLoadError } from "../engine-error.ts";
import type { ModelDefinition, PythonChoice } from "../model-definition.ts";
import { installDependencies } from "./dependencies.ts";
import { expectInImage, findInterpreter, type Interpreter, InterpreterError } from "./interpreter.ts";
import type { ModelUser } from "./model-users.ts";
import type { PythonParts } from "./python-parts.ts";
import { makeFolder } from "./shared-folder.ts";
import { systemPath, workerEnvironment } from "./worker-environment.ts";
import type { WorkerCommand } from "./worker-process.ts";

export interface PrepareOptions {
  readonly definition: ModelDefinition;
  readonly choice: PythonChoice;
  readonly handler: string;
  /** Of the archive's files. */
  readonly folder: string;
  readonly memoryOnly: boolean;
  /** Whom its processes run as; null: the server's user. */
  readonly user: ModelUser | null;
  readonly python: PythonParts;
}

/** Throws `EngineLoadError`, or the signal's reason. */
export async function prepareWorkers(
  { definition, choice, handler, folder, memoryOnly, user, python }: PrepareOptions,
  signal: AbortSignal,
): Promise<Pick<WorkerCommand, "interpreter" | "program" | "args" | "environment" | "user">> {
  const { name: model, useVenv, asyncCommunication } = definition;
  const { options } = python;
  // Where evidence is given, the host chose the environment, but neither the program nor its configuration.
  const untrusted = python.memoryOnly;
  const { path, home } = await interpreterOf(model, user, python);
  const environmentWith = (packages: string | null): Record<string, string> =>
    workerEnvironment({
      environment: python.environment,
      deny: options.environmentDeny,
      ...{ folder, handler, home, packages, untrusted },
      extra: {
        TS_DECODE_INPUT_REQUEST: String(options.decodeInputRequest),
        ...sequenceNames(python.sequenceHeaders),
        // What a handler puts down for a while must not lie on a disk either, nor what Python compiles.
        ...(memoryOnly && { TMPDIR: join(folder, temporary), PYTHONPYCACHEPREFIX: "" }),
        ...(user && ownPlaces(user, join(folder, temporary))),
        ...(untrusted && {
          ...unseen,
          HOME: join(folder, temporary),
          PIP_CONFIG_FILE: "/dev/null",
        }),
      },
    });
  if (memoryOnly || user) await makeFolder(join(folder, temporary), user);
  const { requirementsFile } = choice;
  const { program, packages } = await installDependencies(
    {
      ...{ model, folder, requirementsFile, useVenv, memoryOnly, user, python: options },
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
    user: user?.id ?? null,
  };
}

const temporary = ".tmp";

/** Where the host chose the environment, no program, package or compiled code comes from where that says. */
const unseen = { PATH: systemPath, PYTHONNOUSERSITE: "1", PYTHONPYCACHEPREFIX: "" };

/** By these the worker's `context` finds the headers of sequences. What the operator set beside usual names stays as it is. */
function sequenceNames(headers: SequenceHeaders = defaultSequenceHeaders): Record<string, string> {
  const { id, start, end } = headers;
  if (isDeepStrictEqual({ id, start, end }, defaultSequenceHeaders)) return {};
  return { TS_REQUEST_SEQUENCE_ID: id, TS_REQUEST_SEQUENCE_START: start, TS_REQUEST_SEQUENCE_END: end };
}

/** What the server's user has is closed to a user of its own, which has no name either; libraries ask for one. */
function ownPlaces({ id }: ModelUser, folder: string): Record<string, string> {
  return { HOME: folder, TMPDIR: folder, USER: `model-${id}`, LOGNAME: `model-${id}` };
}

async function interpreterOf(
  model: string,
  user: ModelUser | null,
  { options, environment, memoryOnly, imageOnly = false }: PythonParts,
): Promise<Interpreter> {
  try {
    const asked = memoryOnly ? { ...environment, ...unseen } : environment;
    if (imageOnly && options.wheels !== null) await expectInImage(options.wheels);
    const { interpreter } = options;
    return await findInterpreter({ interpreter, environment: asked, user: user?.id ?? null, imageOnly });
  } catch (error) {
    if (!(error instanceof InterpreterError)) throw error;
    throw new EngineLoadError("load-failed", { model, reason: error.message }, error);
  }
}
