// The JSON documents of the mesh's calls: readers that pass over what newer programs say beside, bounded by what a document may hold.
import {
  type DesiredModel,
  type DesiredSettings,
  type DesiredState,
  InferenceError,
  type ModelSource,
  type ModelState,
  type StoredFault,
} from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import { KeyBrokerError } from "../key-broker/key-broker-error.ts";
import {
  anyObject,
  fault,
  flag,
  list,
  matching,
  members,
  nullable,
  oneOf,
  readJson,
  type Shape,
  text,
  whole,
} from "../key-broker/shape.ts";
import type { BackendReport, ReportedModel, ServedModel, ServedSettings, ServedWorker } from "./backend-report.ts";
import { storedWorkflows, tellableWorkflows } from "./workflow-shapes.ts";

/** Versions that one report, and models that one state, may name. */
const maxModels = 10_000;
/** Of one model. */
const maxVersions = 1_000;
/** A longer reason is cut: it is for people to read. */
const maxReason = 1_000;

export const sha256 = matching(/^[0-9a-f]{64}$/, "64 lower-case hex digits");
const states = ["start", "loading", "available", "unloading", "end"] as const satisfies readonly ModelState[];
const most = Number.MAX_SAFE_INTEGER;
const name = text(1024);
const version = text(256);
const revision = whole(0, most);

/** A number that is not negative. */
const amount: Shape<number> = (value, at) => {
  if (typeof value === "number" && value >= 0 && value <= most) return value;
  throw fault(at, "a number that is not negative");
};
/** An object by version. */
function byVersion<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, at) => {
    const given = Object.entries(anyObject(value, at));
    if (given.length > maxVersions) throw fault(at, `of at most ${maxVersions} versions`);
    return Object.fromEntries(given.map(([key, each], i) => [version(key, `${at}[${i}]`), shape(each, `${at}[${i}]`)]));
  };
}

/** JSON has no Infinity: null stands for it. */
const limit: Shape<number> = (value, at) => (value === null ? Number.POSITIVE_INFINITY : amount(value, at));

/** Instances of one version on one backend. */
const maxInstances = 1024;
const count = whole(0, most);

const worker: Shape<ServedWorker> = members({
  id: text(256),
  since: amount,
  state: oneOf("ready", "starting", "waiting"),
  pid: nullable(count),
  memory: nullable(count),
});

const settings: Shape<ServedSettings> = members({
  retryTimeout: amount,
  clientTimeout: nullable(amount),
  parallel: nullable(members({ type: text(64), level: count })),
  device: members({ type: nullable(oneOf("cpu", "gpu")), ids: list(count, 1_000) }),
  useJobTicket: flag,
  useVenv: flag,
  continuous: flag,
  sequences: nullable(members({ maxSequences: count, maxQueueSize: count, idleTimeout: amount, timeout: amount })),
});

const served: Shape<ServedModel> = members({
  location: text(4096),
  url: text(4096),
  engine: text(256),
  runtime: text(64),
  kind: oneOf("tensors", "fields"),
  instances: whole(0, 1_000_000),
  maxInstances: whole(0, 1_000_000),
  maxBatchSize: limit,
  maxQueueSize: limit,
  maxQueueDelay: amount,
  responseTimeout: limit,
  loadTimeout: limit,
  since: amount,
  loadedAtStart: flag,
  workers: list(worker, maxInstances),
  waiting: count,
  settings,
});

const reported: Shape<ReportedModel> = members(
  {
    name,
    version,
    state: oneOf(...states),
    isDefault: flag,
    served: nullable(served),
    root: nullable(sha256),
  },
  { reason: text(maxReason) },
);

const faults = [
  ...(["unreadable", "unsafe", "no-manifest", "bad-manifest", "no-name", "bad-runtime"] as const),
] satisfies readonly StoredFault[];

export const storedVersions = list(
  members({ name, version, entry: text(1024) }, { fault: oneOf(...faults) }),
  maxModels,
);

const report: Shape<BackendReport> = members(
  {
    instance: text(128),
    ready: flag,
    draining: flag,
    desired: nullable(members({ epoch: text(128), revision })),
    models: list(reported, maxModels),
    stored: nullable(storedVersions),
  },
  { workflows: storedWorkflows },
);

const desiredSettings = {
  instances: whole(0, maxInstances),
  maxInstances: whole(0, maxInstances),
  maxBatchSize: count,
  maxQueueDelay: amount,
  responseTimeout: amount,
  startupTimeout: amount,
} as const;

const source: Shape<ModelSource> = members(
  { entry: text(1024) },
  { handler: text(1024), runtime: text(64), url: text(4096), digest: sha256 },
);

const desiredModel: Shape<DesiredModel> = members(
  { loaded: flag },
  {
    ...desiredSettings,
    versions: list(version, maxVersions),
    defaultVersion: version,
    versionSettings: byVersion<DesiredSettings>(members({}, desiredSettings)),
    sources: byVersion(source),
    attempt: count,
  },
);

const desiredState: Shape<DesiredState> = members({
  epoch: text(128),
  revision,
  models: (value, at) => {
    const models = Object.entries(anyObject(value, at));
    if (models.length > maxModels) throw fault(at, `of at most ${maxModels} models`);
    return Object.fromEntries(
      models.map(([model, said], i) => [name(model, `${at}[${i}]`), desiredModel(said, `${at}[${i}]`)]),
    );
  },
});

export function writeReport({ models, workflows, ...report }: BackendReport): Bytes {
  const written = models.map(({ name, version, state, reason, isDefault, served, root }) => ({
    ...{ name, version, state, isDefault, served, root },
    ...(reason === undefined ? {} : { reason: reason.slice(0, maxReason).toWellFormed() }),
  }));
  const told = workflows && { workflows: tellableWorkflows(workflows) };
  return utf8(JSON.stringify({ ...report, models: written, ...told }));
}

/** Throws `malformed`. */
export function readReport(body: Bytes): BackendReport {
  return read(body, report, "the report");
}

export function writeDesiredState({ epoch, revision, models }: DesiredState): Bytes {
  return utf8(JSON.stringify({ epoch, revision, models }));
}

/** Throws `malformed`. */
export function readDesiredState(body: Bytes): DesiredState {
  return read(body, desiredState, "the desired state");
}

function read<T>(body: Bytes, shape: Shape<T>, what: string): T {
  try {
    return readJson(body, shape, what);
  } catch (error) {
    if (!(error instanceof KeyBrokerError)) throw error;
    throw new InferenceError("malformed", { problem: error.message }, error);
  }
}
