// Which entries of a model store are model archives: files by their names, folders by the manifest in them.
import { type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { manifestName } from "../archive/manifest.ts";
import type { ArchivePlace } from "../archive/open-archive.ts";

/** Of a folder that is an archive. */
export const marFolder = "MAR-INF";

export interface FoundArchive {
  /** What it is called as long as nobody knows what it says. */
  readonly stem: string;
  readonly place: ArchivePlace;
}

/** Null for what is none. */
export function archivePlace(path: string, stats: Stats): FoundArchive | null {
  const entry = basename(path);
  if (stats.isDirectory()) {
    const manifest = statSync(join(path, manifestName), { throwIfNoEntry: false });
    return manifest?.isFile() ? { stem: entry, place: { form: "folder", path } } : null;
  }
  const [, stem = "", extension = ""] = /^(.+)\.(mar|tar\.gz|tgz)$/.exec(entry) ?? [];
  if (!stats.isFile() || extension === "") return null;
  return { stem, place: { form: extension === "mar" ? "zip" : "tgz", source: path } };
}
