// What each management call makes of what is said of a model: pure functions.
import {
  type DesiredModel,
  type DesiredSettings,
  InferenceError,
  type LoadOverrides,
  type ModelOverrides,
  type ModelSpec,
} from "@sealserve/inference";
import { sameVersion } from "./loaded-versions.ts";

/** What the nodes hold of a model, as far as the state does not say it. */
export interface Held {
  /** Newest first; those that the state's own list does not replace. */
  readonly versions: readonly string[];
  /** The version that serves where none is named. */
  readonly defaultVersion: string | undefined;
}

type Said = DesiredModel | undefined;

/** Of the versions the one that is loaded first serves where none is named. */
export function loaded(said: Said, { version }: ModelSpec, overrides: LoadOverrides, held: Held): DesiredModel {
  const { versions: _, loaded: wasLoaded, ...others } = said ?? { loaded: false };
  const kept = said && !wasLoaded ? {} : others;
  const attempt = (said?.attempt ?? 0) + 1;
  const { source, defaultVersion, ...settings } = overrides;
  const chosen = defaultVersion === undefined ? {} : { defaultVersion };
  if (version === undefined) return { ...kept, ...chosen, ...settings, loaded: true, attempt };
  const before = versionsOf(said, held);
  const [first = version] = held.defaultVersion === undefined ? before : [held.defaultVersion];
  const isNew = !before.some((each) => sameVersion(each, version));
  const clean: DesiredModel = isNew ? forgotten({ ...kept, loaded: true }, version) : { ...kept, loaded: true };
  return {
    defaultVersion: first,
    ...withSettings(clean, version, settings),
    ...(source && { sources: { ...without(clean.sources, version), [version]: source } }),
    ...chosen,
    attempt,
    versions: isNew ? [...before, version] : before,
  };
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
  return { ...forgotten({ ...said, loaded: true }, version), versions: left };
}

/** Throws `model-not-found`, `version-not-found`. */
export function changed(said: Said, spec: ModelSpec, overrides: ModelOverrides, held: Held): DesiredModel {
  const { name, version } = spec;
  const { defaultVersion, ...settings } = overrides;
  heldOf(said, spec, held);
  if (defaultVersion !== undefined) heldOf(said, { name, version: defaultVersion }, held);
  const chosen = defaultVersion === undefined ? {} : { defaultVersion };
  return { ...withSettings({ ...said, loaded: true }, version, settings), ...chosen };
}

/** What is said of all versions wins over what was said of single ones before. */
function withSettings(said: DesiredModel, version: string | undefined, settings: DesiredSettings): DesiredModel {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (given.length === 0) return said;
  if (version !== undefined) {
    const before = Object.entries(said.versionSettings ?? {}).find(([each]) => sameVersion(each, version))?.[1];
    const own = { ...before, ...Object.fromEntries(given) };
    return { ...said, versionSettings: { ...without(said.versionSettings, version), [version]: own } };
  }
  const named = new Set(given.map(([key]) => key));
  const { versionSettings, ...others } = said;
  const left = Object.entries(versionSettings ?? {}).flatMap(([each, own]) => {
    const rest = Object.entries(own).filter(([key]) => !named.has(key));
    return rest.length === 0 ? [] : [[each, Object.fromEntries(rest)] as const];
  });
  return { ...others, ...present({ versionSettings: Object.fromEntries(left) }), ...Object.fromEntries(given) };
}

/** Nothing is said of this version alone. */
function forgotten({ versionSettings, sources, ...said }: DesiredModel, version: string): DesiredModel {
  const left = { versionSettings: without(versionSettings, version), sources: without(sources, version) };
  return { ...said, ...present(left) };
}

function without<T>(byVersion: Readonly<Record<string, T>> | undefined, version: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(byVersion ?? {}).filter(([each]) => !sameVersion(each, version)));
}

/** Those that have a member. */
function present<T extends Readonly<Record<string, object>>>(records: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(records).filter(([, record]) => Object.keys(record).length > 0),
  ) as Partial<T>;
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
