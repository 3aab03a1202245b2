// Which versions of a model the nodes hold, and which of them serves where none is named.
import type { DesiredModel, ModelStatus } from "@sealserve/inference";
import { canonicalVersion, compareVersions } from "@sealserve/serving";
import type { NodeProgress } from "./node-progress.ts";

/** Versions that are loaded, on their way, or failed, on any node; newest first. Those that ended as they should are gone. */
export function heldVersions(nodes: readonly NodeProgress[], model: string): readonly string[] {
  return newestFirst(
    statusesOf(nodes, model).filter(({ state, reason }) => isHeld(state) || (state === "end" && reason)),
  );
}

/** As the state says, else the newest that serves, else the newest. */
export function defaultVersion(
  nodes: readonly NodeProgress[],
  model: string,
  said: DesiredModel | undefined,
): string | undefined {
  if (said?.defaultVersion !== undefined) return said.defaultVersion;
  const [serving] = newestFirst(statusesOf(nodes, model).filter(({ state }) => state === "available"));
  return serving ?? heldVersions(nodes, model)[0];
}

export function statusesOf(nodes: readonly NodeProgress[], model: string): readonly ModelStatus[] {
  return nodes.flatMap(({ models }) => models.filter(({ name }) => name === model));
}

/** Whether two names mean one version, such as 1 and 1.0. */
export function sameVersion(a: string, b: string): boolean {
  return canonicalVersion(a) === canonicalVersion(b);
}

function isHeld(state: ModelStatus["state"]): boolean {
  return state !== "end" && state !== "unloading";
}

function newestFirst(statuses: readonly ModelStatus[]): readonly string[] {
  const versions = new Map(statuses.map(({ version }) => [canonicalVersion(version), version]));
  return [...versions.values()].sort((a, b) => compareVersions(b, a));
}
