// The JSON documents of the mesh's calls: strict readers, bounded by what a document may hold.
import { type DesiredModel, type DesiredState, InferenceError, type ModelState } from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import { KeyBrokerError } from "../key-broker/key-broker-error.ts";
import {
  anyObject,
  fault,
  flag,
  list,
  matching,
  nullable,
  oneOf,
  readJson,
  record,
  type Shape,
  text,
  whole,
} from "../key-broker/shape.ts";
import type { BackendReport, ReportedModel, ServedModel } from "./backend-report.ts";

/** Versions that one report, and models that one state, may name. */
const maxModels = 10_000;
/** A longer reason is cut: it is for people to read. */
const maxReason = 1_000;

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
/** JSON has no Infinity: null stands for it. */
const limit: Shape<number> = (value, at) => (value === null ? Number.POSITIVE_INFINITY : amount(value, at));

const served: Shape<ServedModel> = record({
  location: text(4096),
  engine: text(256),
  kind: oneOf("tensors", "fields"),
  instances: whole(0, 1_000_000),
  maxBatchSize: limit,
  maxQueueSize: limit,
  maxQueueDelay: amount,
  responseTimeout: limit,
  loadTimeout: limit,
  since: amount,
});

const reported: Shape<ReportedModel> = record(
  {
    name,
    version,
    state: oneOf(...states),
    isDefault: flag,
    served: nullable(served),
    root: nullable(matching(/^[0-9a-f]{64}$/, "64 lower-case hex digits")),
  },
  { reason: text(maxReason) },
);

const report: Shape<BackendReport> = record({
  instance: text(128),
  ready: flag,
  draining: flag,
  desired: nullable(record({ epoch: text(128), revision })),
  models: list(reported, maxModels),
  stored: nullable(list(record({ name, version, entry: text(1024) }), maxModels)),
});

const desiredModel: Shape<DesiredModel> = record(
  { loaded: flag },
  {
    versions: list(version, 1_000),
    defaultVersion: version,
    instances: whole(1, 64),
    maxBatchSize: whole(0, most),
    maxQueueDelay: amount,
    responseTimeout: amount,
    attempt: whole(0, most),
  },
);

const desiredState: Shape<DesiredState> = record({
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

export function writeReport({ instance, ready, draining, desired, models, stored }: BackendReport): Bytes {
  const written = models.map(({ name, version, state, reason, isDefault, served, root }) => ({
    ...{ name, version, state, isDefault, served, root },
    ...(reason === undefined ? {} : { reason: reason.slice(0, maxReason).toWellFormed() }),
  }));
  return utf8(JSON.stringify({ instance, ready, draining, desired, models: written, stored }));
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
