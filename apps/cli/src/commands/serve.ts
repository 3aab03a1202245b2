// `sealserve serve`: a frontend and a backend in one process.
import { type Backend, startBackend } from "@sealserve/backend";
import { type ServedModel, startFrontend } from "@sealserve/frontend";
import { createLogger, type Logger, loadConfig, printConfig, run, type Started } from "@sealserve/server";
import { type Clock, systemClock } from "@sealserve/serving";
import { modelsOf, readyLine } from "../ready-line.ts";
import { type ServeConfig, serveConfig } from "../serve-config.ts";
import { flagsToSettings, type ServeFlags } from "../serve-flags.ts";
import { version } from "../version.ts";

/** Time beyond the drain limit in which engines are unloaded. */
const unloadTime = 15_000;

/** Runs until it is told to stop; the result is the exit code. */
export async function serve(flags: ServeFlags): Promise<number> {
  const { process } = globalThis;
  const clock = systemClock();
  const debug = flags.logLevel === "debug";
  const start = async (stack: AsyncDisposableStack, stopping: AbortSignal): Promise<Started> => {
    const config = loadConfig(serveConfig, {
      file: flags.config ?? null,
      env: process.env,
      flags: flagsToSettings(flags),
    });
    const logger = createLogger(config.log, { stream: process.stderr });
    await startServing(config, { clock, logger, stack, stopping });
    return { logger, stopLimit: config.drainTimeout + unloadTime };
  };
  if (flags.printConfig) return printOnly(flags);
  return run(start, { process, clock, debug });
}

/** What it prints can be used as the configuration file. */
function printOnly(flags: ServeFlags): number {
  const { process } = globalThis;
  try {
    const sources = { file: flags.config ?? null, env: process.env, flags: flagsToSettings(flags) };
    process.stdout.write(printConfig(loadConfig(serveConfig, sources)));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 2;
  }
}

interface ServingParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
}

/**
 * The listeners open before the models are loaded, so that a port in use fails the start at once; until then they say that they
 * are not ready. They close first: nobody is answered after the models go.
 */
async function startServing(config: ServeConfig, { clock, logger, stack, stopping }: ServingParts): Promise<void> {
  const backend = stack.use(await startBackend(config, { clock, logger: logger.child("backend") }));
  let ready = false;
  const listeners = stack.use(
    await startFrontend(config, {
      service: backend.service,
      ready: () => ready,
      statistics: backend.statistics,
      served: (model, ofVersion) => servedModel(backend, model, ofVersion),
      knows: backend.knows,
      version,
      clock,
      logger: logger.child("frontend"),
    }),
  );
  stack.defer(() => {
    ready = false;
  });
  await Promise.race([backend.settled(), aborted(stopping)]);
  if (stopping.aborted) return;
  ready = true;
  const models = modelsOf(await backend.service.list());
  globalThis.process.stdout.write(`${readyLine(listeners.urls, models)}\n`);
  logger.info("ready", { listeners: listeners.urls });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function servedModel(backend: Backend, model: string, ofVersion: string): ServedModel | null {
  const found = backend.loaded(model, ofVersion);
  if (!found) return null;
  const { definition, metadata, since } = found;
  return {
    location: definition.location,
    engine: metadata.platform,
    instances: definition.instances,
    maxBatchSize: metadata.maxBatchSize,
    maxQueueSize: definition.batching.maxQueueSize,
    maxQueueDelay: definition.batching.maxQueueDelay,
    responseTimeout: definition.responseTimeout,
    loadTimeout: definition.loadTimeout,
    since,
  };
}
