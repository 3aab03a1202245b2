// The models with which the original would start, as the desired state with which we do.
import { isAbsolute, relative } from "node:path";
import type { ArchiveDefaults } from "@sealserve/backend";
import type { DesiredSettings, DesiredState, ModelSource, StoredFault, StoredVersion } from "@sealserve/inference";
import {
  type ModelToLoad,
  readLoadModels,
  readStartupModels,
  type StartupModel,
  type TorchserveProperties,
} from "@sealserve/migration";

export interface StartupOptions {
  readonly modelStore: string;
  /** Of the command line; they win over `load_models`. */
  readonly models: readonly string[] | null;
  /** By URL, the entry of the model store that it is now. */
  readonly fetched: ReadonlyMap<string, string>;
  readonly processors: number;
}

export interface StartupModels {
  readonly models: DesiredState["models"];
  /** Why something is not loaded; the others are. */
  readonly problems: readonly string[];
}

/** Most instances that a model may have here. */
const mostWorkers = 1024;
/** TorchServe's own: requests that may wait, milliseconds that a batch waits, seconds. */
const defaults = { queue: 100, delay: 100, timeout: 120 } as const;

/** A snapshot says all by itself; otherwise what is to be loaded is named. Throws `MigrationError` for what cannot be read. */
export function startupModels(
  properties: TorchserveProperties,
  stored: readonly StoredVersion[],
  options: StartupOptions,
): StartupModels {
  const snapshot = properties.model_snapshot;
  if (snapshot !== undefined) return desired(readSnapshot(snapshot).map(fromSnapshot), stored);
  const loads = readLoadModels(options.models?.join(",") ?? properties.load_models ?? "");
  if (loads !== "all")
    return desired(
      loads.map((load) => named(load, options)),
      stored,
    );
  const entries = new Set(stored.filter(({ fault }) => fault === undefined).map(({ entry }) => entry));
  const all = desired(
    [...entries].map((entry): Wanted => ({ entry, name: null })),
    stored,
  );
  const faulty = stored.flatMap(({ entry, fault }) => (fault === undefined ? [] : faultOf(entry, fault)));
  return { ...all, problems: [...all.problems, ...faulty] };
}

function faultOf(entry: string, fault: StoredFault): string {
  return `${entry}: ${faults[fault]}`;
}

const faults: Readonly<Record<StoredFault, string>> = {
  unreadable: "it is no archive",
  unsafe: "it holds what an archive must not hold",
  "no-manifest": "it has no manifest",
  "bad-manifest": "its manifest cannot be read",
  "no-name": "its manifest names no model",
  "bad-runtime": "its manifest names a runtime that there is not",
};

/** Throws `MigrationError` for what no start could read. */
export function checkStartup({ model_snapshot, models }: TorchserveProperties): void {
  if (model_snapshot !== undefined) readSnapshot(model_snapshot);
  if (models !== undefined) readStartupModels("models", models);
}

function readSnapshot(snapshot: unknown): readonly StartupModel[] {
  const { models = {} } = Object(snapshot) as { readonly models?: unknown };
  return readStartupModels("model_snapshot.models", models);
}

/** What models are told where their archives say nothing, and calls that register them neither. */
export function archiveDefaults(
  properties: TorchserveProperties,
  { models }: Pick<StartupModels, "models">,
  { processors }: Pick<StartupOptions, "processors">,
): (model: string, version: string) => ArchiveDefaults {
  const { default_response_timeout, default_startup_timeout, job_queue_size } = properties;
  const own = properties.models === undefined ? [] : readStartupModels("models", properties.models);
  // None, or fewer, counts as not said.
  const usual = Math.min(Math.max(properties.default_workers_per_model ?? 0, 0), mostWorkers);
  return (model, version) => {
    const said: Partial<StartupModel> = own.find((each) => each.name === model && each.version === version) ?? {};
    const isStartup = Object.hasOwn(models, model) && models[model]?.versions?.includes(version) === true;
    // The original starts models with a worker for each processor, but registers them without any.
    const instances = said.minWorkers ?? (isStartup ? usual || Math.min(processors, mostWorkers) : usual);
    return {
      ...{ instances, maxInstances: said.maxWorkers ?? instances },
      ...present({ maxBatchSize: said.batchSize }),
      maxQueueDelay: said.maxBatchDelay ?? defaults.delay,
      maxQueueSize: job_queue_size ?? defaults.queue,
      responseTimeout: (said.responseTimeout ?? default_response_timeout ?? defaults.timeout) * 1000,
      loadTimeout: (said.startupTimeout ?? default_startup_timeout ?? defaults.timeout) * 1000,
    };
  };
}

/** A version that ought to be loaded, as far as it is known before its entry was found. */
interface Wanted {
  readonly entry: string;
  /** Null: as its archive says. */
  readonly name: string | null;
  /** Null: the newest of the entry. */
  readonly version?: string;
  readonly isDefault?: boolean;
  /** Where it was fetched from. */
  readonly url?: string;
  readonly settings?: DesiredSettings;
}

function named({ name, url }: ModelToLoad, { modelStore, fetched }: StartupOptions): Wanted {
  const fetchedAs = fetched.get(url);
  if (fetchedAs !== undefined) return { entry: fetchedAs, name, url };
  return { entry: isAbsolute(url) ? relative(modelStore, url) : url, name };
}

function fromSnapshot(model: StartupModel): Wanted {
  const { name, version, marName, defaultVersion, minWorkers, maxWorkers, responseTimeout, startupTimeout } = model;
  return {
    ...{ entry: marName, name, version, isDefault: defaultVersion },
    settings: present({
      instances: minWorkers,
      maxInstances: maxWorkers,
      maxBatchSize: model.batchSize,
      maxQueueDelay: model.maxBatchDelay,
      responseTimeout: responseTimeout === undefined ? undefined : responseTimeout * 1000,
      startupTimeout: startupTimeout === undefined ? undefined : startupTimeout * 1000,
    }),
  };
}

interface Gathered {
  readonly versions: string[];
  readonly sources: Record<string, ModelSource>;
  readonly versionSettings: Record<string, DesiredSettings>;
  defaultVersion: string;
}

function desired(wanted: readonly Wanted[], stored: readonly StoredVersion[]): StartupModels {
  const gathered = new Map<string, Gathered>();
  const problems: string[] = [];
  for (const { entry, name, version: one, isDefault, settings, url } of wanted) {
    const inside = stored.filter((each) => each.entry === entry && each.fault !== "unreadable");
    const found = one === undefined ? inside.at(-1) : inside.find((each) => each.version === one);
    if (!found) {
      const isThere = stored.some((each) => each.entry === entry && each.fault === "unreadable");
      const which = one === undefined ? entry : `${entry} with version ${one}`;
      problems.push(isThere ? faultOf(entry, "unreadable") : `${which} is not in the model store`);
      continue;
    }
    const { version } = found;
    const own = name ?? found.name;
    const model = gathered.get(own) ?? { versions: [], sources: {}, versionSettings: {}, defaultVersion: version };
    gathered.set(own, model);
    if (model.versions.includes(version)) {
      problems.push(`${entry}: version ${version} of ${own} is there already`);
      continue;
    }
    model.versions.push(version);
    model.sources[version] = { entry, ...(url !== undefined && { url }) };
    if (settings) model.versionSettings[version] = settings;
    if (isDefault) model.defaultVersion = version;
  }
  const models = [...gathered].map(([model, said]) => [model, { loaded: true, ...said }] as const);
  return { models: Object.fromEntries(models), problems };
}

function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
