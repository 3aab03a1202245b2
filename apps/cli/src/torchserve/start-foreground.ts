// TorchServe's command in the foreground: its configuration, its models, its logs, around a server of ours.
import { availableParallelism } from "node:os";
import { modelFetcher } from "@sealserve/backend";
import { openIdentity } from "@sealserve/client/identities";
import { realHardware } from "@sealserve/client/proving";
import { reasonOf } from "@sealserve/primitives";
import { type Logger, run, type Start } from "@sealserve/server";
import { type Clock, systemClock } from "@sealserve/serving";
import { codeCache } from "../serving/code-cache.ts";
import { type ServingParts, startServing } from "../serving/start-serving.ts";
import { accessLine } from "./access-line.ts";
import type { Environment } from "./environment.ts";
import { fetchStartup, urlsToLoad } from "./fetch-startup.ts";
import { keepSnapshots } from "./keep-snapshots.ts";
import { metricLog, modelMetrics, writesMetrics } from "./launch-metrics.ts";
import { type LogFolders, openLogs } from "./logs.ts";
import type { PidFile } from "./pid-file.ts";
import { type Launch, readLaunch } from "./read-launch.ts";
import { tellLauncher } from "./start-background.ts";
import { archiveDefaults, startupModels } from "./startup-models.ts";
import { storedVersions } from "./stored-versions.ts";
import type { TorchserveFlags } from "./torchserve-flags.ts";

export interface ForegroundParts {
  readonly environment: Environment;
  /** The folder in which the command was given. */
  readonly folder: string;
  readonly logFolders: LogFolders;
  /** Where snapshots lie; null: there are none. */
  readonly snapshots: string | null;
  readonly pidFile: PidFile;
}

/** Time beyond the drain limit in which engines are unloaded. */
const unloadTime = 15_000;
/** Milliseconds after which a server that answers is said to have started, though models still load. */
const longestStart = 60_000;

/** Runs until it is told to stop; the result is the exit code. */
export async function startForeground(flags: TorchserveFlags, parts: ForegroundParts): Promise<number> {
  const clock = systemClock();
  const start: Start = async (stack, stopping) => {
    try {
      return await launch(flags, parts, { clock, stack, stopping });
    } catch (error) {
      tellLauncher({ failed: reasonOf(error) });
      throw error;
    }
  };
  return (await run(start, { process, clock, debug: false })) === 0 ? 0 : 1;
}

interface Running {
  readonly clock: Clock;
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
}

async function launch(
  flags: TorchserveFlags,
  { environment, folder, logFolders, snapshots, pidFile }: ForegroundParts,
  { clock, stack, stopping }: Running,
): ReturnType<Start> {
  const launched = readLaunch(flags, { environment, folder, snapshots });
  const { config, properties, text } = launched;
  const logs = stack.use(openLogs(config.log, logFolders, process.connected ? null : process.stderr));
  const { logger } = logs;
  tellConfiguration(launched, flags, logger);
  pidFile.write(process.pid);
  stack.defer(() => pidFile.removeIf(process.pid));
  const startup = await modelsToStart(launched, flags, { clock, logger, stopping });
  const opening = await openIdentity(config.identity, {
    ...{ clock, logger, stopping },
    hardware: () => realHardware(process, { codeCache, program: import.meta.dirname }),
  });
  const started = once(() => {
    process.stdout.write("Model server started.\n");
    tellLauncher({ started: true });
  });
  const late = clock.setTimer(longestStart, started);
  stack.defer(() => late.cancel());
  const serving = await startServing(config, {
    ...{ clock, logger, stack, stopping, environment, ...opening },
    ...startup,
    onEngine(event) {
      if (event.type === "output") logs.model.write(event.text);
    },
    modelMetrics: modelMetrics(config.python.metricsConfig, properties),
    ...(writesMetrics(properties) && { metricLog: metricLog(properties, logs, () => clock.epoch()) }),
    onExchange(exchange) {
      if (!exchange.inside) logs.access.write(accessLine(exchange, clock.epoch()));
    },
  });
  const stopLimit = config.drainTimeout + unloadTime;
  if (!serving) return { logger, stopLimit };
  if (snapshots !== null) {
    const settings = {
      model_store: config.modelStore,
      ...(flags.models && { load_models: flags.models.join(",") }),
    };
    stack.use(await keepSnapshots({ folder: snapshots, text, settings }, { live: serving.live, clock, logger }));
  }
  started();
  return { logger, stopLimit };
}

function tellConfiguration({ path, properties, warnings }: Launch, flags: TorchserveFlags, logger: Logger): void {
  logger.info("the configuration of TorchServe", { path });
  for (const { key, problem } of warnings) logger.warn(`${key}: ${problem}`);
  if (flags.models && properties.model_snapshot !== undefined) {
    logger.warn("--models changes nothing: the models of the last snapshot are loaded; --ncs starts without it");
  }
}

async function modelsToStart(
  { config, properties }: Launch,
  flags: TorchserveFlags,
  { clock, logger, stopping }: Omit<Running, "stack"> & { readonly logger: Logger },
): Promise<Pick<ServingParts, "desired" | "archiveDefaults">> {
  const { modelStore } = config;
  const models = flags.models ?? null;
  const fetched = await fetchStartup(urlsToLoad(properties, models), {
    fetcherOf: (allowedUrls) =>
      modelFetcher(
        { ...config, allowedUrls, allowPrivateAddresses: true, followLinks: true },
        { epoch: () => clock.epoch() },
      ),
    signal: stopping,
  });
  const options = { modelStore, models, fetched: fetched.entries, processors: availableParallelism() };
  const startup = startupModels(properties, await storedVersions(modelStore), options);
  for (const problem of [...fetched.problems, ...startup.problems]) logger.warn(`a model is not loaded: ${problem}`);
  return { desired: startup.models, archiveDefaults: archiveDefaults(properties, startup, options) };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
