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

export interface ReadyServer {
  /** By the configuration's own paths under `protocols`. */
  readonly urls: Readonly<Record<string, string>>;
  readonly models: readonly ReadyModel[];
  /** How far each sealed model has come; told where there is one. */
  readonly sealed: readonly object[];
  /** The stages of a start in a TEE; told where there are any. */
  readonly start: readonly string[];
}

export function readyLine({ urls, models, sealed, start }: ReadyServer): string {
  return JSON.stringify({
    ready: true,
    listeners: urls,
    models,
    ...(sealed.length === 0 ? {} : { sealed }),
    ...(start.length === 0 ? {} : { start }),
  });
}
