// Opens everything that lies sealed in a repository into a folder: keys first, roots compared, every byte proved.
import { createHash } from "node:crypto";
import { lstat, mkdir, open as openFile, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { IdentitiesFor } from "@sealserve/client/identities";
import { equalBytes, reasonOf } from "@sealserve/primitives";
import { manifestName, merkleRoot, open, openSealedDirectory, sealedSuffix } from "@sealserve/sealing";
import { fileStream, folderFiles } from "@sealserve/sealing/folder";
import { SidecarError } from "../sidecar-error.ts";
import { sealedFileName } from "./sealed-file-name.ts";

export interface OpenRepositoryOptions {
  readonly repository: string;
  /** The folder to write to, which is there and empty. */
  readonly into: string;
  /** Hex, by the name of a model; a model that is not named may have any. */
  readonly roots: Readonly<Record<string, readonly string[]>>;
}

export interface OpenedModel {
  readonly model: string;
  readonly version: string;
  /** 32 bytes, see `merkleRoot`. */
  readonly root: Uint8Array;
}

/** What one entry of the repository becomes. */
interface SealedEntry {
  readonly model: string;
  readonly from: string;
  readonly into: string;
  /** Null: a sealed directory. */
  readonly file: { readonly name: string; readonly version: string } | null;
}

/**
 * A repository that is a sealed directory itself is opened to `into`; else each sealed directory in it to a folder of its name, and each sealed
 * file to a file without `.age`. Throws `SidecarError`, `SealingError`, and what asking for keys throws; `into` then holds a part.
 */
export async function openRepository(
  options: OpenRepositoryOptions,
  identitiesFor: IdentitiesFor,
  signal: AbortSignal,
): Promise<readonly OpenedModel[]> {
  const entries = await entriesOf(options);
  const names = entries.map(({ model }) => model);
  const absent = Object.keys(options.roots).find((model) => !names.includes(model));
  if (absent !== undefined) throw new SidecarError("model-missing", { model: absent, found: names });
  const opened: OpenedModel[] = [];
  for (const entry of entries) {
    signal.throwIfAborted();
    opened.push(await (entry.file === null ? openFolder : openSingle)(entry, options, identitiesFor, signal));
  }
  return opened;
}

async function entriesOf({ repository, into }: OpenRepositoryOptions): Promise<readonly SealedEntry[]> {
  const names = (await listOf(repository)).filter((name) => !name.startsWith(".")).sort();
  if (names.includes(manifestName)) {
    return [{ model: basename(resolve(repository)), from: repository, into, file: null }];
  }
  const entries: SealedEntry[] = [];
  for (const name of names) {
    const from = join(repository, name);
    const stats = await lstat(from);
    if (stats.isDirectory() && (await listOf(from)).includes(manifestName)) {
      entries.push({ model: name, from, into: join(into, name), file: null });
    } else {
      const parsed = stats.isFile() ? sealedFileName(name) : null;
      if (parsed === null) throw new SidecarError("plain-file", { path: from });
      const { model, version, inner } = parsed;
      entries.push({
        model,
        from,
        into: join(into, name.slice(0, -sealedSuffix.length)),
        file: { name: inner, version },
      });
    }
  }
  if (entries.length === 0) throw new SidecarError("repository-empty", { path: repository });
  return entries;
}

async function listOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new SidecarError("repository-unreadable", { path: folder, reason: reasonOf(error) }, error);
  }
}

async function openFolder(
  { model, from, into }: SealedEntry,
  options: OpenRepositoryOptions,
  identitiesFor: IdentitiesFor,
  signal: AbortSignal,
): Promise<OpenedModel> {
  await using files = folderFiles(from);
  const directory = await openSealedDirectory(files, identitiesFor(model, signal), { name: model });
  const { model: label, root } = directory.manifest;
  checkRoot(model, root, options);
  for (const path of directory.list()) await write(directory.stream(path), join(into, path), signal);
  return { model, version: label.version, root };
}

/** The root of a single file is known once all of it was read; nobody has been given anything by then. */
async function openSingle(
  { model, from, into, file }: SealedEntry,
  options: OpenRepositoryOptions,
  identitiesFor: IdentitiesFor,
  signal: AbortSignal,
): Promise<OpenedModel> {
  const { name = "", version = "" } = file ?? {};
  const content = open(
    fileStream(from, () => {}),
    identitiesFor(model, signal),
  );
  const { size, sha256 } = await write(content, into, signal);
  const root = merkleRoot({ name: model, version }, [{ path: name, size, sha256 }]);
  checkRoot(model, root, options);
  return { model, version, root };
}

function checkRoot(model: string, root: Uint8Array, { roots }: OpenRepositoryOptions): void {
  const expected = Object.hasOwn(roots, model) ? roots[model] : undefined;
  if (!expected || expected.some((text) => equalBytes(Buffer.from(text, "hex"), root))) return;
  throw new SidecarError("root-mismatch", { model, expected, found: Buffer.from(root).toString("hex") });
}

/** Only for its owner to read. */
async function write(
  content: ReadableStream<Uint8Array<ArrayBuffer>>,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly sha256: Uint8Array }> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await using target = await openFile(path, "wx", 0o400);
  const digest = createHash("sha256");
  let size = 0;
  for await (const piece of content) {
    signal.throwIfAborted();
    digest.update(piece);
    await target.writeFile(piece);
    size += piece.length;
  }
  return { size, sha256: new Uint8Array(digest.digest()) };
}
