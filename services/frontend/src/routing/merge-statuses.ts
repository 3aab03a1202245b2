// One status for each version out of what every backend says of it.
import type { ModelState, ModelStatus } from "@sealserve/inference";
import { compareVersions } from "@sealserve/serving";

/** The most telling state first: a version is available where any backend has it. */
const order: readonly ModelState[] = ["available", "loading", "start", "unloading", "end"];

/** By name, then newest first. */
export function mergeStatuses(all: Iterable<ModelStatus>): readonly ModelStatus[] {
  const merged = new Map<string, ModelStatus>();
  for (const status of all) {
    const key = JSON.stringify([status.name, status.version]);
    const known = merged.get(key);
    if (!known || tellsMore(status, known)) merged.set(key, status);
  }
  return [...merged.values()].sort((a, b) =>
    a.name === b.name ? compareVersions(b.version, a.version) : a.name < b.name ? -1 : 1,
  );
}

function tellsMore(status: ModelStatus, than: ModelStatus): boolean {
  const by = order.indexOf(status.state) - order.indexOf(than.state);
  return by < 0 || (by === 0 && than.reason === undefined && status.reason !== undefined);
}
