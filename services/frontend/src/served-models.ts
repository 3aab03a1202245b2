// What the backends' reports say together of the models behind a frontend.
import { type MeasuredModel, modelSetDigest } from "@sealserve/sealing";
import type { BackendPool } from "./routing/backend-pool.ts";
import type { ServedModel } from "./served-model.ts";

export interface ServedModels {
  /** Copies on all backends together; the rest as one of them says. Null where it is loaded nowhere. */
  served(model: string, version: string): ServedModel | null;
  /** Whether a backend has the model, and its version if one is given; in constant time. */
  knows(model: string, version: string | null): boolean;
  /** 32 bytes over all that the backends to which requests go have loaded, by the same rule as a backend's own. */
  modelSetDigest(): Uint8Array;
}

/** Follows `pool` until disposed. `onModelSetChanged`: the digest is another one from now on. */
export function servedModels(
  pool: BackendPool,
  { onModelSetChanged }: { readonly onModelSetChanged: () => void },
): ServedModels & Disposable {
  let known = knownIn(pool);
  let digest = digestOf(pool);
  const following = pool.onChange(() => {
    known = knownIn(pool);
    const now = digestOf(pool);
    if (Buffer.compare(now, digest) === 0) return;
    digest = now;
    onModelSetChanged();
  });
  return {
    served: (model, version) => servedBy(pool, model, version),
    knows: (model, version) => known.has(keyOf(model, version)),
    modelSetDigest: () => digest,
    [Symbol.dispose]: () => following[Symbol.dispose](),
  };
}

function servedBy(pool: BackendPool, model: string, version: string): ServedModel | null {
  const all = reported(pool)
    .filter((each) => each.name === model && each.version === version)
    .flatMap(({ served }) => served ?? []);
  const [first] = all;
  return first ? { ...first, instances: all.reduce((sum, { instances }) => sum + instances, 0) } : null;
}

function knownIn(pool: BackendPool): ReadonlySet<string> {
  const available = reported(pool).filter(({ state }) => state === "available");
  return new Set(available.flatMap(({ name, version }) => [keyOf(name, null), keyOf(name, version)]));
}

function digestOf(pool: BackendPool): Uint8Array {
  const measured = pool.views().flatMap(({ report, routable }) => (report && routable ? report.models : []));
  return modelSetDigest(
    measured.flatMap(({ name, version, root }): MeasuredModel[] =>
      root === null ? [] : [{ model: name, version, root: Buffer.from(root, "hex") }],
    ),
  );
}

function reported(pool: BackendPool) {
  return pool.views().flatMap(({ report }) => report?.models ?? []);
}

function keyOf(model: string, version: string | null): string {
  return JSON.stringify([model, version]);
}
