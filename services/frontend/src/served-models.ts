// What the backends' reports say together of the models behind a frontend.
import { type MeasuredModel, modelSetDigest } from "@sealserve/sealing";
import { canonicalVersion } from "@sealserve/serving";
import type { BackendPool } from "./routing/backend-pool.ts";
import type { ServedModel } from "./served-model.ts";

export interface ServedModels {
  /** Copies and queues on all backends together; the rest as one of them says. Null where no backend has opened it. */
  served(model: string, version: string): ServedModel | null;
  /** What a request for the model, or for this version of it, is for; null where no backend has it. In constant time. */
  find(model: string, version: string | null): FoundVersion | null;
  /**
   * 32 bytes over all that the backends to which requests can go have loaded, by the same rule as a backend's own. What is not measured counts with
   * a root of zeros: nobody who expects certain models shall take it for one of them.
   */
  modelSetDigest(): Uint8Array;
  /** What that digest is over at this moment, to be asked later. */
  named(): NamedVersions;
}

/** Whether a version is in a digest, with this Merkle root in hex, or as one that nobody measured. */
export type NamedVersions = (model: string, version: string, root: string | undefined) => boolean;

export interface FoundVersion {
  readonly version: string;
  /** Whether the first dimension of its tensors is that of a batch. */
  readonly batched: boolean;
}

const unmeasured = new Uint8Array(32);

/** Follows `pool` until disposed. `onModelSetChanged`: the digest is another one from now on. */
export function servedModels(
  pool: BackendPool,
  { onModelSetChanged }: { readonly onModelSetChanged: () => void },
): ServedModels & Disposable {
  let known = knownIn(pool);
  let behind = behindIn(pool);
  let digest = modelSetDigest(behind);
  let names = namesOf(behind);
  const following = pool.onChange(() => {
    known = knownIn(pool);
    behind = behindIn(pool);
    const now = modelSetDigest(behind);
    if (Buffer.compare(now, digest) === 0) return;
    digest = now;
    names = namesOf(behind);
    onModelSetChanged();
  });
  return {
    served: (model, version) => servedBy(pool, model, version),
    find: (model, version) => known.get(keyOf(model, version)) ?? null,
    modelSetDigest: () => digest,
    named: () => names,
    [Symbol.dispose]: () => following[Symbol.dispose](),
  };
}

function servedBy(pool: BackendPool, model: string, version: string): ServedModel | null {
  const all = pool.views().flatMap(({ report, url }) => {
    const found = report?.models.find((each) => each.name === model && each.version === version);
    return found?.served ? [{ served: found.served, where: new URL(url).host }] : [];
  });
  const [first] = all;
  if (!first) return null;
  const sum = (of: (served: ServedModel) => number) => all.reduce((total, { served }) => total + of(served), 0);
  // Each backend counts its own.
  const named = ({ served, where }: (typeof all)[number]) =>
    served.workers.map((worker) => (all.length === 1 ? worker : { ...worker, id: `${worker.id}@${where}` }));
  return {
    ...first.served,
    instances: sum(({ instances }) => instances),
    maxInstances: sum(({ maxInstances }) => maxInstances),
    maxQueueSize: sum(({ maxQueueSize }) => maxQueueSize),
    waiting: sum(({ waiting }) => waiting),
    workers: all.flatMap(named),
  };
}

/** By model and version, and by model alone: its default version, or any where it has none. */
function knownIn(pool: BackendPool): ReadonlyMap<string, FoundVersion> {
  const known = new Map<string, FoundVersion>();
  for (const { name, version, state, isDefault, served } of reported(pool)) {
    if (state !== "available") continue;
    const found = { version, batched: served !== null && served.maxBatchSize > 0 };
    known.set(keyOf(name, version), found);
    if (isDefault || !known.has(keyOf(name, null))) known.set(keyOf(name, null), found);
  }
  return known;
}

function behindIn(pool: BackendPool): readonly MeasuredModel[] {
  const behind = pool.views().flatMap(({ report, asked }) => (report && asked ? report.models : []));
  return behind.flatMap(({ name, version, root, state }): MeasuredModel[] => {
    if (root !== null) return [{ model: name, version, root: Buffer.from(root, "hex") }];
    return state === "available" ? [{ model: name, version, root: unmeasured }] : [];
  });
}

function namesOf(behind: readonly MeasuredModel[]): NamedVersions {
  const nameOf = (model: string, version: string, root: Uint8Array) =>
    `${keyOf(model, version)} ${Buffer.from(root).toString("hex")}`;
  const names = new Set(behind.map(({ model, version, root }) => nameOf(model, version, root)));
  return (model, version, root) =>
    names.has(nameOf(model, version, root === undefined ? unmeasured : Buffer.from(root, "hex")));
}

function reported(pool: BackendPool) {
  return pool.views().flatMap(({ report }) => report?.models ?? []);
}

function keyOf(model: string, version: string | null): string {
  return JSON.stringify([model, version && canonicalVersion(version)]);
}
