// Whether every node has come to a change of one model, and what came of it.
import { type DesiredState, InferenceError, type ModelSpec, type ModelStatus } from "@sealserve/inference";
import { compareVersions } from "@sealserve/serving";
import { sameVersion } from "./loaded-versions.ts";
import type { NodeProgress } from "./node-progress.ts";

/** What the nodes shall come to: the model, or one version of it, there or gone. */
export interface Goal {
  readonly state: DesiredState;
  readonly model: ModelSpec;
  readonly loaded: boolean;
}

/** What is still missing, in words; null: nothing. */
export function missing(goal: Goal, nodes: readonly NodeProgress[]): string | null {
  if (nodes.length === 0) return "no node answers";
  for (const node of nodes) {
    const { desired, where } = node;
    const { epoch, revision } = goal.state;
    if (desired?.epoch !== epoch || desired.revision < revision) return `${where} has not taken it`;
    const moving = wanted(goal, node).find(({ state }) => !isSettled(goal, state));
    if (moving) return `version '${moving.version}' on ${where} is ${moving.state}${because(moving)}`;
  }
  return null;
}

/** Throws `load-failed` where a node came to the state without the model serving as it was told. */
export function checkLoaded({ state, model }: Goal, nodes: readonly NodeProgress[]): void {
  for (const node of nodes) {
    const [newest] = wanted({ model }, node)
      .filter((status) => isStored(node, status, state) && !(status.state === "end" && status.reason === undefined))
      .sort((a, b) => compareVersions(b.version, a.version));
    if (newest?.state === "available" && newest.reason === undefined) continue;
    throw new InferenceError("load-failed", {
      model: model.name,
      version: newest?.version ?? model.version ?? null,
      reason: newest?.reason ?? "no version is available",
    });
  }
}

function wanted({ model }: Pick<Goal, "model">, { models }: NodeProgress): readonly ModelStatus[] {
  const { name, version } = model;
  return models.filter(
    (status) => status.name === name && (version === undefined || sameVersion(status.version, version)),
  );
}

/** A version that goes away holds up only those who wait for that. */
function isSettled({ loaded }: Pick<Goal, "loaded">, state: ModelStatus["state"]): boolean {
  if (state === "end") return true;
  return loaded && (state === "available" || state === "unloading");
}

function isStored({ stored }: NodeProgress, { name, version }: ModelStatus, { models }: DesiredState): boolean {
  const sources = Object.hasOwn(models, name) ? models[name]?.sources : undefined;
  if (Object.keys(sources ?? {}).some((each) => sameVersion(each, version))) return true;
  return stored?.some((each) => each.name === name && sameVersion(each.version, version)) ?? true;
}

function because({ reason }: ModelStatus): string {
  return reason === undefined ? "" : `: ${reason}`;
}
