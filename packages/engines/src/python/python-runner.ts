// A model archive with a Python handler as a batch runner: instances of TorchServe's own worker.
import type { BatchRunner } from "@sealserve/serving";
import { EngineLoadError } from "../engine-error.ts";
import { fieldsMetadata } from "../handlers/fields-metadata.ts";
import { workerBackOff } from "../hosting/back-off.ts";
import { openInstancePool } from "../hosting/instance-pool.ts";
import type { HostingParts } from "../hosting/open-hosted.ts";
import { workerEntry } from "../hosting/worker-entry.ts";
import type { ModelDefinition, PythonChoice } from "../model-definition.ts";
import { openArchiveFolder, socketFolder } from "./archive-folder.ts";
import { GpuSlots, gpuCount } from "./gpu-slots.ts";
import { takeUser } from "./model-users.ts";
import { withResources } from "./owning-runner.ts";
import type { RankOptions } from "./parallel-launch.ts";
import { prepareWorkers } from "./prepare-workers.ts";
import { pythonChannels, pythonPlatform } from "./python-channel.ts";

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
  const handler = choice.handler || python.options.defaultServiceHandler;
  if (!handler) throw failed("it names no handler: pack it with one, or set python.defaultServiceHandler");
  await using stack = new AsyncDisposableStack();
  const user = takeUser(model, python);
  if (user) stack.use(user);
  const memoryOnly = python.memoryOnly || definition.memoryOnly === true;
  const folder = stack.use(await openArchiveFolder({ model, files, memoryOnly, user }, { memoryFolders }, signal));
  const sockets = stack.use(await socketFolder(user));
  const launch = await prepareWorkers(
    { definition, choice, handler, folder: folder.path, memoryOnly, user, python },
    signal,
  );
  const { options } = python;
  const { startTimeout, maxResponseSize } = options;
  const { version, instances, loadTimeout, responseTimeout, asyncCommunication, scheduling, device } = definition;
  const batchSize = definition.maxBatchSize ?? 1;
  const scratch = (memoryOnly && launch.environment["TMPDIR"]) || sockets.path;
  const parallel = ranksOf(definition.parallel, { alone: python.memoryOnly, folder: scratch });
  const inTurn = !asyncCommunication;
  const channels = pythonChannels(
    {
      command: { ...launch, folder: folder.path, limits: options.limits },
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
      inTurn,
      parallel,
      continuous: scheduling.kind === "continuous" || (scheduling.kind === "sequences" && scheduling.continuous),
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
      sharesBytes: true,
      ...(asyncCommunication && { runsAtOnce: asyncRuns }),
      // A batch that is sent can take in no further requests; where a job ticket is wanted, none may wait anywhere; and of several ranks one may be ahead.
      ahead: inTurn && batchSize <= 1 && scheduling.kind === "batches" && !definition.useJobTicket && parallel === null,
    },
    { clock, init: async () => ({ data: null, transfer: [] }), open: channels, onEvent },
    signal,
  );
  return withResources(runner, stack.move());
}

/** With `custom` a handler starts its ranks by itself, with `pp` the first hands batches on by itself (TorchServe 0.12, `WorkerThread.java`). */
function ranksOf(
  parallel: ModelDefinition["parallel"],
  where: Pick<RankOptions, "alone" | "folder">,
): RankOptions | null {
  if (!parallel?.torchrun || parallel.type === "custom") return null;
  const { type, level: ranks, torchrun } = parallel;
  return { ranks, threads: torchrun.threads, toAll: type !== "pp", ...where };
}
