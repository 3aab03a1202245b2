// The JSON line that says that the server answers, where, and with which models.
import type { ModelState, ModelStatus } from "@sealserve/inference";

export interface ReadyModel {
  readonly name: string;
  readonly version: string;
  readonly state: ModelState;
  readonly reason?: string;
}

/** What ought to serve: all but the versions that ended as they should. */
export function modelsOf(statuses: readonly ModelStatus[]): readonly ReadyModel[] {
  return statuses
    .filter(({ state, reason }) => state !== "end" || reason !== undefined)
    .map(({ name, version, state, reason }) => ({ name, version, state, ...(reason === undefined ? {} : { reason }) }));
}

/** `listeners` by the configuration's own paths under `protocols`. */
export function readyLine(listeners: Readonly<Record<string, string>>, models: readonly ReadyModel[]): string {
  return JSON.stringify({ ready: true, listeners, models });
}
