// Gives files up as soon as an engine has mapped them: their memory is then freed piece by piece, as the engine lets go of it.
import { readFile } from "node:fs/promises";
import type { Clock, Timer } from "@sealserve/serving";
import type { MemoryFolder } from "./memory-folder.ts";

export interface ReleaseOptions {
  readonly folder: MemoryFolder;
  /** Bytes of each file that may go, by its name in the folder. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The process that maps them. */
  readonly pid: number;
}

export interface ReleaseParts {
  readonly clock: Clock;
  /** What a process has mapped, one mapping a line (proc(5), `maps`). */
  readonly maps?: (pid: number) => Promise<string>;
}

/** Milliseconds between two looks. */
const interval = 4;

/**
 * An engine may map a few files for a moment before it maps those that it keeps, for instance to fold a constant, and come back to them later.
 * So nothing goes before half of all bytes are mapped at once.
 */
export class MappedRelease {
  readonly #options: ReleaseOptions;
  readonly #parts: ReleaseParts;
  readonly #left: Map<string, number>;
  readonly #total: number;
  #began = false;
  #stopped = false;
  #timer: Timer | null = null;

  constructor(options: ReleaseOptions, parts: ReleaseParts) {
    this.#options = options;
    this.#parts = parts;
    this.#left = new Map(options.sizes);
    this.#total = sum(options.sizes.values());
    this.#lookLater();
  }

  /** Whether any file went. */
  get began(): boolean {
    return this.#began;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    if (this.#stopped || this.#left.size === 0) return;
    this.#timer = this.#parts.clock.setTimer(interval, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { maps = mapsOf } = this.#parts;
    const { folder, pid, sizes } = this.#options;
    try {
      const text = await maps(pid);
      if (this.#stopped) return;
      const mapped = mappedNames(text, `${folder.path}/`);
      this.#began ||= this.#total > 0 && 2 * sum([...mapped].map((name) => sizes.get(name) ?? 0)) >= this.#total;
      for (const name of this.#began ? mapped : []) if (this.#left.delete(name)) folder.remove(name);
    } catch {
      return; // What cannot be seen, or taken away, stays until the engine has loaded.
    }
    this.#lookLater();
  }
}

function mapsOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/maps`, "utf8");
}

/** Names of the files below `root` that are mapped. */
function mappedNames(maps: string, root: string): Set<string> {
  const names = new Set<string>();
  for (let at = maps.indexOf(root); at !== -1; at = maps.indexOf(root, at + 1)) {
    const end = maps.indexOf("\n", at);
    names.add(maps.slice(at + root.length, end === -1 ? maps.length : end).replace(/ \(deleted\)$/, ""));
  }
  return names;
}

function sum(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}
