// Which of the versions that exist shall be served: the newest few, all, or named ones.
import type { Version } from "./version.ts";
import { canonicalVersion, compareVersions } from "./version-order.ts";

/** Chooses among the versions of one model; the result is in version order, oldest first. */
export type ServedVersions = <T>(versions: readonly Version<T>[]) => readonly Version<T>[];

/** The `count` newest; 0 counts as 1 (TensorFlow Serving, `FileSystemStoragePathSourceConfig.latest`). */
export function latest(count: number): ServedVersions {
  return (versions) => inOrder(versions).slice(-Math.max(1, count));
}

export const all: ServedVersions = (versions) => inOrder(versions);

/** Those that are named, as far as they exist. */
export function specific(names: readonly string[]): ServedVersions {
  const wanted = new Set(names.map(canonicalVersion));
  return (versions) => inOrder(versions).filter(({ version }) => wanted.has(canonicalVersion(version)));
}

function inOrder<T>(versions: readonly Version<T>[]): Version<T>[] {
  return [...versions].sort((a, b) => compareVersions(a.version, b.version));
}
