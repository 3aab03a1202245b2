// Which files go into a model archive, and under which names.
import type { Stats } from "node:fs";
import { glob, readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { LayoutError } from "../layout-error.ts";
import { foldedName, parseEntryName } from "./entry-name.ts";
import { manifestName } from "./manifest.ts";

export interface PackedFile {
  /** Its name in the archive. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** Collects files; throws `entry-duplicate` where two would have one name, `file-missing` where one is not there. */
export class PackingList {
  readonly #archive: string;
  readonly #files = new Map<string, PackedFile>();

  constructor(archive: string) {
    this.#archive = archive;
  }

  /** By name, so that the archive does not depend on the order of the disk. */
  get files(): readonly PackedFile[] {
    return [...this.#files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Adds a file under its own name. */
  async addFile(path: string): Promise<string> {
    const stats = await statOf(path);
    if (!stats.isFile()) throw missing(path, "it is no file");
    const name = basename(path);
    this.#add({ name, path, size: stats.size });
    return name;
  }

  /**
   * Adds what a path or a pattern names: files under their own names; of a directory its contents, so that its own name
   * disappears and those of directories in it stay (`model-archiver`, `copy_artifacts`).
   */
  async addExtra(pattern: string): Promise<void> {
    const exact = await stat(pattern).catch(() => null);
    const paths: string[] = [];
    if (exact) paths.push(pattern);
    else for await (const path of glob(pattern)) paths.push(path);
    if (paths.length === 0) throw missing(pattern, "nothing is there");
    for (const path of paths.sort()) {
      const stats = await statOf(path);
      if (stats.isDirectory()) await this.#addContents(path);
      else await this.addFile(path);
    }
  }

  async #addContents(folder: string): Promise<void> {
    const names = await readdir(folder, { recursive: true });
    for (const relative of names.sort()) {
      const path = join(folder, relative);
      const stats = await statOf(path);
      if (stats.isFile()) this.#add({ name: relative.replaceAll("\\", "/"), path, size: stats.size });
    }
  }

  #add(file: PackedFile): void {
    const { name } = file;
    const parsed = parseEntryName(new TextEncoder().encode(name));
    if ("problem" in parsed) {
      throw new LayoutError("entry-path", { archive: this.#archive, entry: name, problem: parsed.problem });
    }
    if (foldedName(name) === foldedName(manifestName)) {
      throw new LayoutError("entry-duplicate", { archive: this.#archive, entry: name, other: manifestName });
    }
    const other = this.#files.get(foldedName(name));
    if (other && resolve(other.path) === resolve(file.path)) return;
    if (other)
      throw new LayoutError("entry-duplicate", { archive: this.#archive, entry: file.path, other: other.path });
    this.#files.set(foldedName(name), file);
  }
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw missing(path, reasonOf(error), error);
  }
}

function missing(path: string, problem: string, cause?: unknown): LayoutError {
  return new LayoutError("file-unreadable", { location: path, file: basename(path), problem }, cause);
}
