// The files of an archive in a folder, for a Python worker: a private one on the disk, or one in memory where nothing may lie on a disk.
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile as writeWhole } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { EngineLoadError } from "../engine-error.ts";
import { folderPrefix, removeLeftovers } from "../memory/folder-owner.ts";
import type { MemoryFolders } from "../memory/memory-folders.ts";
import type { ModelFiles } from "../model-files.ts";
import type { ModelUser } from "./model-users.ts";
import { letRead, letWrite } from "./shared-folder.ts";

export interface ArchiveFolderOptions {
  readonly model: string;
  readonly files: ModelFiles;
  readonly memoryOnly: boolean;
  /** Who reads it beside the server; null: nobody. */
  readonly user: ModelUser | null;
}

export interface ArchiveFolderParts {
  readonly memoryFolders: MemoryFolders | null;
}

/** This user's alone; gone with all that is in it when it is disposed. */
export interface PrivateFolder extends AsyncDisposable {
  readonly path: string;
}

/** Throws `EngineLoadError`, what reading the files throws, or the signal's reason; then no folder is left. */
export async function openArchiveFolder(
  options: ArchiveFolderOptions,
  parts: ArchiveFolderParts,
  signal: AbortSignal,
): Promise<PrivateFolder> {
  const { model, files, user } = options;
  const folder = options.memoryOnly ? await memoryFolder(options, parts) : await temporaryFolder();
  try {
    for (const name of files.list()) await writeFile(files, name, join(folder.path, name), signal);
    if (user) await letRead(folder.path, model, user);
    return folder;
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Removes what servers that are gone left in the system's folder for temporary files. */
export async function sweepTemporaryFolders(): Promise<void> {
  await removeLeftovers(tmpdir(), await folderPrefix());
}

/** In the system's folder for temporary files, where workers make their sockets. */
export async function socketFolder(user: ModelUser | null): Promise<PrivateFolder> {
  const folder = await temporaryFolder();
  if (user) await letWrite(folder.path, user);
  return folder;
}

/** Below the system's folder for temporary files. */
export async function temporaryFolder(): Promise<PrivateFolder> {
  const path = await mkdtemp(join(tmpdir(), await folderPrefix()));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

async function memoryFolder(
  { model, files }: ArchiveFolderOptions,
  { memoryFolders }: ArchiveFolderParts,
): Promise<PrivateFolder> {
  const size = files.list().reduce((sum, name) => sum + (files.size(name) ?? 0), 0);
  const failed = (reason: string): EngineLoadError => new EngineLoadError("load-failed", { model, reason });
  if (!memoryFolders) {
    throw failed(
      "its Python handler needs its files in a folder, nothing of it may lie on a disk, and there is no folder in memory; name one of a tmpfs as memoryFolder",
    );
  }
  const folder = await memoryFolders.create(size);
  if (!folder) throw failed(`its files need ${size} bytes in memoryFolder, which has no room for them`);
  return folder;
}

async function writeFile(files: ModelFiles, name: string, path: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (!files.stream) {
    await writeWhole(path, await files.read(name), { mode: 0o600, flag: "wx" });
    return;
  }
  const descriptor = openSync(path, "wx", 0o600);
  try {
    const take = (piece: Uint8Array): void => {
      for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done);
    };
    await files.stream(name, take, signal);
  } finally {
    closeSync(descriptor);
  }
}
