// The backend on one page: model store → source → manager → engines, behind an inference service.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ModelCode } from "@sealserve/attestation/attester";
import type { IdentitiesFor } from "@sealserve/client/identities";
import {
  type EngineEvent,
  type NoRoom,
  type OpenableModel,
  openMemoryFolders,
  type ScanProblem,
  sweepTemporaryFolders,
} from "@sealserve/engines";
import {
  type DesiredState,
  FetchError,
  type FetchedEntry,
  type InferenceService,
  type ModelStatus,
  type StoredVersion,
  type StoredWorkflow,
} from "@sealserve/inference";
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
  type VersionStatistics,
} from "@sealserve/serving";
import type { ArchiveDefaults } from "./archive-defaults.ts";
import type { BackendConfig } from "./config.ts";
import { DesiredModels } from "./desired/desired-models.ts";
import { desiredState } from "./desired/desired-state.ts";
import { explaining } from "./desired/explaining.ts";
import { Renewals } from "./desired/renewals.ts";
import type { StateMark } from "./desired/state-taking.ts";
import { FailedVersions } from "./failed-versions.ts";
import type { DownloadOptions } from "./fetching/download.ts";
import { FetchedModels } from "./fetching/fetched-models.ts";
import { isHopelessLoad } from "./hopeless-load.ts";
import { type LoadedModel, LoadedModels, type OpenedModel } from "./loaded-models.ts";
import { ModelLoader } from "./model-loader.ts";
import { openPython } from "./python-parts.ts";
import { ModelRoots } from "./sealed/model-roots.ts";
import { sealedOpener } from "./sealed/sealed-opener.ts";
import { StoreScan } from "./store-scan.ts";
import { RefusedModels } from "./trust/refused-models.ts";
import { type SealedModelStage, SealedProgress } from "./trust/sealed-progress.ts";

export interface BackendParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who opens sealed models; left out: nobody. */
  readonly identitiesFor?: IdentitiesFor;
  /** Reads every model into memory and measures it, so that evidence can name what is loaded. */
  readonly measured?: { readonly modelCode: ModelCode };
  /** The desired state, where it is known at the start: nothing is loaded that it does not want. */
  readonly desired?: DesiredState;
  /** Variables that Python handlers may see, but for ours; left out: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What an archive is told of a version that says nothing of it itself; left out: nothing. */
  readonly archiveDefaults?: (model: string, version: string) => ArchiveDefaults;
  /** What may be fetched for sources whose bytes are known; left out: nothing. */
  readonly fetching?: DownloadOptions;
  /** Told of what engines report, beside the log. Must not throw. */
  readonly onEngine?: (event: EngineEvent) => void;
  /** Told whenever `modelSetDigest` is another one than before. Must not throw. */
  readonly onModelSetChanged?: () => void;
}

export interface Backend extends AsyncDisposable {
  readonly service: InferenceService;
  /** Fulfilled once every version that ought to serve does, or has failed. */
  settled(): Promise<void>;
  /** What each version has done so far: of all models, or of one. */
  statistics(model?: string): readonly VersionStatistics[];
  /** What a loaded version was made from; null where it is not loaded. */
  loaded(model: string, version: string): LoadedModel | null;
  /** What a version is made from that does not serve yet, or could not be loaded; null where it was not even opened. */
  opened(model: string, version: string): OpenedModel | null;
  /** How a version came here: from which entry of the store, or from where that was fetched, and with which runtime in place of its own. */
  registered(model: string, version: string, location: string): { readonly url: string; readonly runtime?: string };
  /** Whether it was among what the start loaded. */
  wasLoadedAtStart(model: Pick<LoadedModel, "since">): boolean;
  /** Whether the model, and its version if one is given, is loaded; in constant time. */
  knows(model: string, version: string | null): boolean;
  /** 32 bytes over what is loaded now: of sealed models always, of others where they are measured. */
  modelSetDigest(): Uint8Array;
  /** Merkle root of a loaded version in hex; null where it is not loaded, or not measured. */
  root(model: string, version: string): string | null;
  /** What `root` tells at this moment, to be asked later. */
  rootsNow(): (model: string, version: string) => string | null;
  /** How far each sealed model has come. */
  sealedModels(): readonly SealedModelStage[];
  /** The newest desired state to which it has come, as far as what is loaded goes; null: none. What is still loading is in the statuses. */
  readonly desired: StateMark | null;
  /** Returns once the state is what it works towards; one that is not newer is passed over. Throws where the model store cannot be read. */
  apply(state: DesiredState): Promise<void>;
  /** What lay in the model store when it was last looked at, loaded or not. */
  stored(): readonly StoredVersion[];
  /** The workflow archives that lay there. */
  workflows(): readonly StoredWorkflow[];
  /** What comes to lie there under this name is loaded only where a call says so, whatever the configuration loads untold. */
  hold(entry: string): void;
  /**
   * Fetches what a call names, so that every node can be told to take the same bytes. Throws `FetchError`, also where nothing is fetched here.
   */
  fetch(url: string, signal: AbortSignal): Promise<FetchedEntry>;
  /** Looks at the model store now. Throws where it cannot be read. */
  look(): Promise<void>;
  /** The version that serves where a request names none; null where that is none. */
  defaultVersion(model: string): string | null;
  /** Models that got no key, all or one, are asked for again with the next look at the model store, not only when they have waited. */
  askForKeysNow(model?: string): void;
}

/**
 * Scans the model store and begins to load what it finds. Throws `LayoutError` where the store cannot be read or two models have
 * one name, `MemoryFolderError` for a `memoryFolder` that does not do, `ModelUsersError` for `python.users` that the server may not use.
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
      {
        clock,
        onState(status) {
          logState(logger, status);
          if (status.state === "end") statistics.remove(status.name, status.version);
        },
      },
    ),
  );
  const refused = new RefusedModels({ clock });
  const failed = new FailedVersions({ refused });
  const roots = new ModelRoots(parts.onModelSetChanged ? { onChange: parts.onModelSetChanged } : {});
  const progress = new SealedProgress({ logger });
  const { identitiesFor } = parts;
  const expectedRoots = (model: string): readonly string[] | null => config.models[model]?.roots ?? null;
  const sealed = identitiesFor && sealedOpener({ identitiesFor, expectedRoots, roots, progress });
  // Whoever looks into a workflow archive serves nothing of it: evidence does not name it.
  const untold = { roots: new ModelRoots({}), progress: new SealedProgress({ logger }) };
  const sealedSpecs = identitiesFor && sealedOpener({ identitiesFor, expectedRoots, ...untold });
  const openers = { ...(sealed ? { sealed } : {}), ...(sealedSpecs && { sealedSpecs }) };
  const desired = new DesiredModels(config);
  const renewals = new Renewals({ logger });
  await sweepTemporaryFolders();
  const { environment = {} } = parts;
  const measured = parts.measured !== undefined;
  const modelCode = parts.measured?.modelCode ?? "any";
  const { fetching } = parts;
  const onProblem = (problem: ScanProblem): void => logger.info("passed over beside the model store", { ...problem });
  const fetched = fetching && new FetchedModels({ ...config, ...fetching }, { clock, onProblem, ...openers });
  const store = new StoreScan(
    { ...config, measured },
    { manager, failed, logger, clock, desired, ...openers, ...(fetched && { fetched }) },
  );
  let scanned = false;
  const source = new PolledSource<OpenableModel>(
    { interval: config.pollInterval },
    {
      clock,
      scan: () => store.scan(),
      // A first scan that fails is the start's to tell.
      onProblem: (error) => scanned && logger.warn("the model store cannot be read; what is loaded stays", { error }),
    },
  );
  const onNoRoom = (facts: NoRoom): void => logger.warn(noRoom, { ...facts });
  const memoryFolders = await openMemoryFolders({ path: config.memoryFolder }, { onNoRoom });
  const python = openPython(config, { environment, measured, modelCode, logger });
  const onEvent = (event: EngineEvent): void => {
    logEngine(logger, event);
    parts.onEngine?.(event);
  };
  const engines = { clock, onEvent, memoryFolders, python, sequenceIdHeader: config.sequenceHeaders.id };
  const loaders = adaptSource(source, (model, { version, item }) => {
    const settings = () => desired.settings(model, version);
    const defaults = parts.archiveDefaults?.(model, version) ?? {};
    const { sequenceHeaders } = config;
    const options = { model, version, item, settings, defaults, measured, modelCode, sequenceHeaders };
    const shown = { loaded, failed, refused, roots, progress, live: renewals };
    return new ModelLoader(options, { ...shown, engines, clock, statistics, newId: randomUUID });
  });
  const taking = desiredState(
    { desired, renewals, failed, refused, manager, source, store, stack, ...(fetched && { fetched }) },
    parts.desired,
  );
  stack.use(loaders.start((model, aspired) => manager.setAspired(model, aspired)));
  await source.first;
  scanned = true;
  let startEnd = Number.POSITIVE_INFINITY;
  void manager.settled().then(() => {
    startEnd = clock.epoch();
  });
  const owned = stack.move();
  return {
    service: explaining(managedService(manager), (statuses) => refused.explain(renewals.explain(statuses))),
    settled: () => manager.settled(),
    statistics: (model) => statistics.snapshots(model),
    loaded: (model, version) => loaded.find(model, version),
    opened: (model, version) => loaded.findOpened(model, version),
    registered(model, version, location) {
      const { url, entry, runtime } = desired.source(model, version) ?? {};
      return { url: url ?? entry ?? store.entryOf(location), ...(runtime !== undefined && { runtime }) };
    },
    wasLoadedAtStart: ({ since }) => since <= startEnd,
    knows: (model, version) => loaded.knows(model, version),
    modelSetDigest: () => roots.digest(),
    root: (model, version) => hexOf(roots.find(model, version)),
    rootsNow() {
      const find = roots.now();
      return (model, version) => hexOf(find(model, version));
    },
    sealedModels: () => progress.stages(),
    get desired() {
      return taking.taken;
    },
    apply: (state) => taking.take(state),
    stored: () => store.stored,
    workflows: () => store.workflows,
    hold: (entry) => desired.hold(join(config.modelStore, entry)),
    async fetch(url, signal) {
      if (fetched) return fetched.fetch(url, signal);
      throw new FetchError("url-not-allowed", { url });
    },
    look: () => source.look(),
    defaultVersion: (model) => manager.defaultVersion(model),
    askForKeysNow: (model) => refused.askNow(model),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const noRoom =
  "no room in the memory folder: a model is read into memory whole, which takes about twice its size; make the file system larger (Kubernetes: an emptyDir with medium Memory at /dev/shm), or name another one as memoryFolder";

function logState(logger: Logger, { name, version, state, reason }: ModelStatus): void {
  const facts = { model: name, version, state, ...(reason === undefined ? {} : { reason }) };
  if (reason === undefined) logger.info("model", facts);
  else logger.warn("model", facts);
}

function logEngine(logger: Logger, { type, ...facts }: EngineEvent): void {
  if (type === "ready") logger.debug("an engine is ready", facts);
  else if (type === "metric") logger.debug("a metric of a handler", facts);
  else if (type === "output") logger.info("an engine prints", facts);
  else logger.warn("an engine reports", { type, ...facts });
}

function hexOf(root: Uint8Array | null): string | null {
  return root && Buffer.from(root).toString("hex");
}
