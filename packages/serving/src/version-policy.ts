// What to do next with the versions of one model: pure functions from what is there to one action.
import type { VersionPhase } from "./version-phase.ts";

export interface VersionSnapshot {
  readonly version: string;
  readonly phase: VersionPhase;
  readonly aspired: boolean;
}

/** Load a version in phase `new`, or unload one in phase `available`. */
export interface Action {
  readonly action: "load" | "unload";
  readonly version: string;
}

/**
 * `versions` are all of one model, newest first. null: nothing to do until something changes. The manager asks again after
 * each action, and applies no action that does not fit the phase.
 */
export type VersionPolicy = (versions: readonly VersionSnapshot[]) => Action | null;

/**
 * Never without a version that answers: loads before it unloads, so both must fit into memory. A version that is no longer
 * aspired keeps serving until an aspired one is available, also when all of those fail
 * (TensorFlow Serving, `core/availability_preserving_policy.h`).
 */
export const availabilityPreserving: VersionPolicy = (versions) => {
  const load = versions.find((version) => version.aspired && version.phase === "new");
  if (load) return { action: "load", version: load.version };
  const aspired = versions.filter((version) => version.aspired);
  const replaced = aspired.length === 0 || aspired.some((version) => version.phase === "available");
  return replaced ? unloadOldest(versions) : null;
};

/**
 * Never more in memory than the aspired versions: unloads before it loads, so the model may be away for a while
 * (TensorFlow Serving, `core/resource_preserving_policy.h`).
 */
export const resourcePreserving: VersionPolicy = (versions) => {
  const unload = unloadOldest(versions);
  if (unload) return unload;
  if (versions.some((version) => !version.aspired && holdsMemory(version.phase))) return null;
  const load = versions.find((version) => version.aspired && version.phase === "new");
  return load ? { action: "load", version: load.version } : null;
};

function unloadOldest(versions: readonly VersionSnapshot[]): Action | null {
  const oldest = versions.findLast((version) => !version.aspired && version.phase === "available");
  return oldest ? { action: "unload", version: oldest.version } : null;
}

function holdsMemory(phase: VersionPhase): boolean {
  return phase !== "new" && phase !== "ended";
}
