// What this backend says of itself to the frontends.
import type { DesiredState } from "@sealserve/inference";
import type { BackendReport, ReportedModel, ServedModel } from "@sealserve/protocols/mesh";
import type { Backend } from "../backend.ts";

/** Where the desired state arrives. */
export interface DesiredTaker {
  /** What was taken last; null: nothing yet. */
  readonly taken: BackendReport["desired"];
  /** An older state than what was taken is passed over. */
  take(state: DesiredState): void;
}

export interface ReportParts {
  /** Tells one start of the process from the next one. */
  readonly instance: string;
  readonly backend: Backend;
  readonly desired: DesiredTaker;
  readonly ready: () => boolean;
  readonly draining: () => boolean;
}

export async function reportOf({ instance, backend, desired, ready, draining }: ReportParts): Promise<BackendReport> {
  const statuses = await backend.service.list();
  const defaults = new Map<string, string>();
  for (const { name, version, state } of statuses) {
    if (state === "available" && !defaults.has(name)) defaults.set(name, version);
  }
  const models = statuses.map(
    (status): ReportedModel => ({
      ...status,
      isDefault: defaults.get(status.name) === status.version,
      served: servedModel(backend, status.name, status.version),
      root: backend.root(status.name, status.version),
    }),
  );
  return {
    instance,
    ready: ready() && !draining(),
    draining: draining(),
    desired: desired.taken,
    models,
    stored: null,
  };
}

/** Null where it is not loaded. */
export function servedModel(backend: Pick<Backend, "loaded">, model: string, version: string): ServedModel | null {
  const found = backend.loaded(model, version);
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
