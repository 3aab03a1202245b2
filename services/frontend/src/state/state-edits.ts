// What each management call makes of what is said of a model: pure functions.
import { type DesiredModel, InferenceError, type ModelOverrides, type ModelSpec } from "@sealserve/inference";
import { sameVersion } from "./loaded-versions.ts";

/** What the nodes hold of a model, as far as the state does not say it. */
export interface Held {
  /** Newest first; those that the state's own list does not replace. */
  readonly versions: readonly string[];
  /** The version that serves where none is named. */
  readonly defaultVersion: string | undefined;
}

type Said = DesiredModel | undefined;

export function loaded(said: Said, { version }: ModelSpec, overrides: ModelOverrides, held: Held): DesiredModel {
  const { versions: _, loaded: wasLoaded, ...others } = said ?? { loaded: false };
  const kept = said && !wasLoaded ? {} : others;
  const attempt = (said?.attempt ?? 0) + 1;
  const next = { ...kept, ...overrides, loaded: true, attempt };
  if (version === undefined) return next;
  const before = versionsOf(said, held);
  return { ...next, versions: before.some((each) => sameVersion(each, version)) ? before : [...before, version] };
}

/** Throws `model-not-found`, `version-not-found`, `default-version`. */
export function unloaded(said: Said, { name, version }: ModelSpec, held: Held): DesiredModel {
  const gone: DesiredModel = { loaded: false, ...(said?.attempt === undefined ? {} : { attempt: said.attempt }) };
  if (version === undefined) return gone;
  const before = heldOf(said, { name, version }, held);
  const left = before.filter((each) => !sameVersion(each, version));
  if (left.length === 0) return gone;
  const standing = said?.defaultVersion ?? held.defaultVersion;
  if (standing !== undefined && sameVersion(standing, version)) {
    throw new InferenceError("default-version", { model: name, version });
  }
  return { ...said, loaded: true, versions: left };
}

/** Throws `model-not-found`, `version-not-found`. */
export function changed(said: Said, spec: ModelSpec, overrides: ModelOverrides, held: Held): DesiredModel {
  const { name } = spec;
  heldOf(said, spec, held);
  if (overrides.defaultVersion !== undefined) heldOf(said, { name, version: overrides.defaultVersion }, held);
  return { ...said, ...overrides, loaded: true };
}

function heldOf(said: Said, { name, version }: ModelSpec, held: Held): readonly string[] {
  const before = versionsOf(said, held);
  if (before.length === 0) throw new InferenceError("model-not-found", { model: name });
  if (version !== undefined && !before.some((each) => sameVersion(each, version))) {
    throw new InferenceError("version-not-found", { model: name, version });
  }
  return before;
}

function versionsOf(said: Said, held: Held): readonly string[] {
  if (said && !said.loaded) return [];
  return said?.versions ?? held.versions;
}
