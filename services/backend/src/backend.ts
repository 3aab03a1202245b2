// The backend on one page: model store → source → manager → engines, behind an inference service.
import { type OpenableModel, scanModelStore } from "@sealserve/engines";
import type { InferenceService, ModelStatus } from "@sealserve/inference";
import type { Logger } from "@sealserve/server";
import {
  adaptSource,
  availabilityPreserving,
  type Clock,
  Manager,
  managedService,
  PolledSource,
  resourcePreserving,
  StatisticsRegistry,
  type Version,
  type VersionStatistics,
} from "@sealserve/serving";
import { chooseVersions } from "./choose-versions.ts";
import type { BackendConfig } from "./config.ts";
import { isHopelessLoad } from "./hopeless-load.ts";
import { type LoadedModel, LoadedModels } from "./loaded-models.ts";
import { ModelLoader } from "./model-loader.ts";

export interface BackendParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Backend extends AsyncDisposable {
  readonly service: InferenceService;
  /** What each version has done so far. */
  statistics(): readonly VersionStatistics[];
  /** What a loaded version was made from; null where it is not loaded. */
  loaded(model: string, version: string): LoadedModel | null;
  /** Whether the model, and its version if one is given, is loaded; in constant time. */
  knows(model: string, version: string | null): boolean;
}

/**
 * Scans the model store and loads what it finds; resolves once every version that ought to serve does, or has failed.
 * Throws `LayoutError` where the store cannot be read or two models have one name.
 */
export async function startBackend(config: BackendConfig, parts: BackendParts): Promise<Backend> {
  const { clock, logger } = parts;
  await using stack = new AsyncDisposableStack();
  const loaded = new LoadedModels(clock);
  const statistics = new StatisticsRegistry({ clock });
  const manager = stack.use(
    new Manager(
      {
        policy: config.versionTransition === "resource-preserving" ? resourcePreserving : availabilityPreserving,
        loadConcurrency: config.loadConcurrency,
        retries: { count: config.loadRetries, worthwhile: (error) => !isHopelessLoad(error) },
      },
      { clock, onState: (status) => logState(logger, status) },
    ),
  );
  const source = new PolledSource<OpenableModel>(
    { interval: config.pollInterval },
    {
      clock,
      scan: () => scanStore(config, logger),
      onProblem: (error) => logger.warn("the model store cannot be read; what is loaded stays", { error }),
    },
  );
  const engines = { clock, onEvent: (event: object) => logger.warn("an engine reports", { event }) };
  const loaders = adaptSource(source, (model, { version, item }) => {
    const settings = config.models[model] ?? {};
    return new ModelLoader({ model, version, item, settings }, { engines, clock, statistics, loaded });
  });
  stack.use(loaders.start((model, aspired) => manager.setAspired(model, aspired)));
  await source.first;
  await manager.settled();
  const owned = stack.move();
  return {
    service: managedService(manager),
    statistics: () => statistics.snapshots(),
    loaded: (model, version) => loaded.find(model, version),
    knows: (model, version) => loaded.knows(model, version),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** One look at the model store: of each model the versions that ought to serve. */
async function scanStore(
  config: BackendConfig,
  logger: Logger,
): Promise<Map<string, readonly Version<OpenableModel>[]>> {
  const found = await scanModelStore(config.modelStore, {
    onProblem: (problem) => logger.debug("passed over in the model store", { ...problem }),
  });
  return new Map(
    [...found].map(([model, { versions, policy }]) => [
      model,
      chooseVersions(config.models[model]?.versions, policy)(versions),
    ]),
  );
}

function logState(logger: Logger, { name, version, state, reason }: ModelStatus): void {
  const facts = { model: name, version, state, ...(reason === undefined ? {} : { reason }) };
  if (reason === undefined) logger.info("model", facts);
  else logger.warn("model", facts);
}
