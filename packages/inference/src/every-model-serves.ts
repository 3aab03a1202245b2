// Whether every model that ought to serve does: what health checks ask.
import type { ModelStatus } from "./model.ts";

/**
 * True where each model has a version that is available. Versions that ended as they should, or are on their way there, are gone;
 * any other that is not available says that its model ought to serve.
 */
export function everyModelServes(statuses: readonly ModelStatus[]): boolean {
  const waiting = new Set<string>();
  const serving = new Set<string>();
  for (const { name, state, reason } of statuses) {
    if (state === "available") serving.add(name);
    else if (state !== "unloading" && !(state === "end" && reason === undefined)) waiting.add(name);
  }
  return [...waiting].every((name) => serving.has(name));
}
