// A model archive with a Python handler as a batch runner: instances of TorchServe's own worker.
import { join } from "node:path";
import type { BatchRunner } from "@sealserve/serving";
import { EngineLoadError } from "../engine-error.ts";
import { fieldsMetadata } from "../handlers/fields-metadata.ts";
import { workerBackOff } from "../hosting/back-off.ts";
import { openInstancePool } from "../hosting/instance-pool.ts";
import type { HostingParts } from "../hosting/open-hosted.ts";
import { workerEntry } from "../hosting/worker-entry.ts";
import type { ModelDefinition, PythonChoice } from "../model-definition.ts";
import { openArchiveFolder, temporaryFolder } from "./archive-folder.ts";
import { GpuSlots, gpuCount } from "./gpu-slots.ts";
import { findInterpreter, type Interpreter, InterpreterError } from "./interpreter.ts";
import { withResources } from "./owning-runner.ts";
import { pythonChannels, pythonPlatform } from "./python-channel.ts";
import type { PythonParts } from "./python-parts.ts";
import { workerEnvironment } from "./worker-environment.ts";

/** Milliseconds that a worker may take to end by itself. */
const grace = 2000;

/** Batches that a worker which takes the next before it has answered the last may have at once. */
const asyncRuns = 64;

/** Throws `EngineLoadError`, what the definition's files throw, or the signal's reason. */
export async function openPythonRunner(
  definition: ModelDefinition,
  choice: PythonChoice,
  parts: HostingParts,
  signal: AbortSignal,
): Promise<BatchRunner> {
  const { name: model, files } = definition;
  const { clock, memoryFolders = null, onEvent, python } = parts;
  const failed = (reason: string): EngineLoadError => new EngineLoadError("load-failed", { model, reason });
  if (!python) throw failed("this server runs no Python handlers");
  if (definition.parallel?.torchrun)
    throw failed("torchrun is not supported: leave 'torchrun' out of its configuration");
  const handler = choice.handler || python.options.defaultServiceHandler;
  if (!handler) throw failed("it names no handler: pack it with one, or set python.defaultServiceHandler");
  const interpreter = await interpreterOf(model, python);
  await using stack = new AsyncDisposableStack();
  const memoryOnly = python.memoryOnly || definition.memoryOnly === true;
  const folder = stack.use(await openArchiveFolder({ model, files, memoryOnly }, { memoryFolders }, signal));
  const sockets = stack.use(await temporaryFolder());
  const { options } = python;
  const { startTimeout, maxResponseSize } = options;
  const { version, instances, loadTimeout, responseTimeout, asyncCommunication, scheduling, device } = definition;
  const batchSize = definition.maxBatchSize ?? 1;
  const channels = pythonChannels(
    {
      command: {
        interpreter: interpreter.path,
        args: workerArguments(interpreter, definition, python),
        folder: folder.path,
        environment: environmentOf(interpreter, folder.path, handler, python),
        limits: options.limits,
      },
      load: {
        model,
        folder: folder.path,
        batchSize: Math.max(1, batchSize),
        handler,
        envelope: choice.envelope ?? options.serviceEnvelope ?? "",
        limitMaxImagePixels: options.limitMaxImagePixels,
      },
      sockets: sockets.path,
      startTimeout,
      loadTimeout,
      maxResponseSize,
      continuous: scheduling.kind === "continuous",
    },
    { clock, gpus: new GpuSlots(device, await gpuCount()) },
  );
  const runner = await openInstancePool(
    {
      ...{ model, version, engine: "python", isolation: "process", instances, limits: null, warmup: [] },
      // The worker's own times end it first, and say which of them it was.
      loadTimeout: startTimeout + loadTimeout + grace,
      responseTimeout,
      grace,
      backOff: workerBackOff(definition.retryTimeout),
      entry: workerEntry(),
      metadata: fieldsMetadata(pythonPlatform, batchSize),
      ...(asyncCommunication && { runsAtOnce: asyncRuns }),
    },
    { clock, init: async () => ({ data: null, transfer: [] }), open: channels, onEvent },
    signal,
  );
  return withResources(runner, stack.move());
}

async function interpreterOf(model: string, { options, environment }: PythonParts): Promise<Interpreter> {
  try {
    return await findInterpreter({ interpreter: options.interpreter, environment });
  } catch (error) {
    if (!(error instanceof InterpreterError)) throw error;
    throw new EngineLoadError("load-failed", { model, reason: error.message }, error);
  }
}

function workerArguments(
  { home }: Interpreter,
  { asyncCommunication }: ModelDefinition,
  { options }: PythonParts,
): readonly string[] {
  const metrics = options.metricsConfig ?? join(home, "ts/configs/metrics.yaml");
  const script = join(home, "ts/model_service_worker.py");
  return [script, "--metrics-config", metrics, ...(asyncCommunication ? ["--async"] : [])];
}

function environmentOf(
  { home }: Interpreter,
  folder: string,
  handler: string,
  { environment, options }: PythonParts,
): Record<string, string> {
  const extra = { TS_DECODE_INPUT_REQUEST: String(options.decodeInputRequest) };
  return workerEnvironment({ environment, deny: options.environmentDeny, folder, handler, home, extra });
}
