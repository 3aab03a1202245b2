// Where plaintext may lie as files while an engine maps it: a memory file system, chosen, checked and swept once at the start.
import { existsSync } from "node:fs";
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { isMemoryFileSystem, reasonOf } from "@sealserve/primitives";
import { folderPrefix, removeLeftovers } from "./folder-owner.ts";
import { MemoryFolder, MemoryFolderFault } from "./memory-folder.ts";
import { MemoryFolderError } from "./memory-folder-error.ts";

export interface MemoryFoldersOptions {
  /** A folder of a memory file system; `auto`: {@link usualFolder} where it is one; false: none. */
  readonly path: string | false;
}

/** Bytes. */
export interface NoRoom {
  readonly path: string;
  readonly wanted: number;
  readonly free: number;
}

export interface MemoryFoldersParts {
  /** Told whenever a model has to go another way, which takes more memory. Must not throw. */
  readonly onNoRoom: (facts: NoRoom) => void;
}

/** Linux has a memory file system there. */
const usualFolder = "/dev/shm";
/** Of Gramine, for which that folder lies with the host, outside of the enclave. */
const gramineFolder = "/dev/attestation";

/**
 * Removes what processes that are gone left there. null: there is none, and nothing was configured. Throws `MemoryFolderError` for a folder
 * that was configured and does not do.
 */
export async function openMemoryFolders(
  { path }: MemoryFoldersOptions,
  parts: MemoryFoldersParts,
): Promise<MemoryFolders | null> {
  if (path === false || (path === "auto" && existsSync(gramineFolder))) return null;
  const root = path === "auto" ? usualFolder : path;
  try {
    await checkRoot(root);
  } catch (error) {
    if (path === "auto") return null;
    throw error;
  }
  const prefix = await folderPrefix();
  await removeLeftovers(root, prefix);
  return new MemoryFolders(root, prefix, parts);
}

export class MemoryFolders {
  readonly #root: string;
  readonly #prefix: string;
  readonly #parts: MemoryFoldersParts;
  readonly #open = new Set<MemoryFolder>();

  constructor(root: string, prefix: string, parts: MemoryFoldersParts) {
    this.#root = root;
    this.#prefix = prefix;
    this.#parts = parts;
  }

  /** A new folder with room for `size` bytes; null where there is none. Other folders' room is not promised twice. Throws `MemoryFolderFault`. */
  async create(size: number): Promise<MemoryFolder | null> {
    try {
      return await this.#create(size);
    } catch (error) {
      throw new MemoryFolderFault("a folder in memory could not be made", { cause: error });
    }
  }

  async #create(size: number): Promise<MemoryFolder | null> {
    const { bavail, blocks, bsize } = await statfs(this.#root);
    for (const folder of this.#open) if (folder.unwritten === 0) this.#open.delete(folder);
    const promised = [...this.#open].reduce((sum, { unwritten }) => sum + unwritten, 0);
    // A memory file system without a limit tells no size.
    const free = blocks === 0 ? Number.POSITIVE_INFINITY : Math.max(0, bavail * bsize - promised);
    if (size > free) {
      this.#parts.onNoRoom({ path: this.#root, wanted: size, free });
      return null;
    }
    const folder = new MemoryFolder(await mkdtemp(join(this.#root, this.#prefix)), size);
    this.#open.add(folder);
    return folder;
  }
}

/** It is in memory, and a folder of this user alone can be made in it. */
async function checkRoot(path: string): Promise<void> {
  try {
    const { type } = await statfs(path);
    if (!isMemoryFileSystem(type)) throw new MemoryFolderError("not-in-memory", { path, found: type.toString(16) });
    await rm(await mkdtemp(join(path, "sealserve-try-")), { recursive: true });
  } catch (error) {
    if (error instanceof MemoryFolderError) throw error;
    throw new MemoryFolderError("folder-unusable", { path, problem: reasonOf(error) }, error);
  }
}
