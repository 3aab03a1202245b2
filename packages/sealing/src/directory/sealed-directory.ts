// Opens a sealed directory against its manifest: exactly the listed files, each the one that was sealed under its path.

import { equalBytes } from "@sealserve/primitives";
import { startSha256 } from "#sha256";
import { equalSecrets, fileKeyName } from "../age/key-schedule.ts";
import { type OpenedSource, openRandom, openRandomAccepted } from "../open-random.ts";
import { type RandomSource, streamFrom } from "../random-source.ts";
import type { Identity } from "../recipient.ts";
import { isSealingError, SealingError } from "../sealing-error.ts";
import { manifestName, sealedName } from "./file-path.ts";
import { toHex } from "./hex.ts";
import type { SealedEntry, SealedManifest } from "./manifest.ts";
import { manifestLimit, parseManifest } from "./manifest-document.ts";

/** Where the sealed files lie. */
export interface SealedFiles {
  /** Names of all files below the directory, relative, with `/`, in any order. */
  list(): Promise<readonly string[]>;
  /** A file of {@link list}, for reading in any order. */
  open(name: string): Promise<RandomSource>;
}

/** What the caller knows of the model from elsewhere; another model or an older version is refused. */
export interface ExpectedModel {
  readonly name?: string;
  readonly version?: string;
  /** 32 bytes. Fixes everything: name, version, and every byte of every file. */
  readonly root?: Uint8Array;
}

/** The opened files of a model. Each file is opened, and its key asked for, once: when the file is first asked for. */
export interface SealedDirectory {
  readonly manifest: SealedManifest;
  /** All paths, sorted. */
  list(): readonly string[];
  /** Bytes of plaintext, or null where there is no such file. */
  size(path: string): number | null;
  /**
   * For reading in any order: each chunk is proved to be of the file that was sealed under this path. Throws `SealingError`
   * `file-missing`, `file-swapped`, `file-size`, `file-damaged`.
   */
  open(path: string): Promise<OpenedSource>;
  /** The whole file, its digest proved. Throws as {@link open} does, and `file-digest`. */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The whole file in order; fails at its end with `file-digest` where the digest does not fit. */
  stream(path: string): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens the manifest and compares it with what is there. Throws `SealingError` `manifest-missing`, `manifest-too-large`,
 * `manifest-malformed`, `model-mismatch`, `file-missing`, `file-unlisted`, and of the manifest's own seal what `openRandom` throws.
 */
export async function openSealedDirectory(
  files: SealedFiles,
  identities: readonly Identity[],
  expected: ExpectedModel,
): Promise<SealedDirectory> {
  const found = await files.list();
  if (!found.includes(manifestName)) throw new SealingError("manifest-missing", { found });
  const manifest = await readManifest(await files.open(manifestName), identities);
  checkModel(manifest, expected);
  checkListed(manifest, found);
  return new OpenedDirectory(manifest, files, identities);
}

async function readManifest(source: RandomSource, identities: readonly Identity[]): Promise<SealedManifest> {
  const opened = await openRandom(source, identities);
  if (opened.size > manifestLimit) throw new SealingError("manifest-too-large", { limit: manifestLimit });
  return parseManifest(await opened.read(0, opened.size));
}

function checkModel({ model, root }: SealedManifest, expected: ExpectedModel): void {
  const facts = { name: model.name, version: model.version, root: toHex(root) };
  const wanted = { ...expected, root: expected.root && toHex(expected.root) };
  for (const field of ["name", "version", "root"] as const) {
    const value = wanted[field];
    if (value !== undefined && value !== facts[field]) {
      throw new SealingError("model-mismatch", { field, expected: value, found: facts[field] });
    }
  }
}

function checkListed({ files }: SealedManifest, found: readonly string[]): void {
  const listed = new Set(files.map(({ path }) => sealedName(path)));
  const there = new Set(found);
  const unlisted = found.find((name) => name !== manifestName && !listed.has(name));
  if (unlisted !== undefined) throw new SealingError("file-unlisted", { path: unlisted });
  const missing = files.find(({ path }) => !there.has(sealedName(path)));
  if (missing) throw new SealingError("file-missing", { path: missing.path });
}

class OpenedDirectory implements SealedDirectory {
  readonly manifest: SealedManifest;
  readonly #entries: ReadonlyMap<string, SealedEntry>;
  readonly #files: SealedFiles;
  readonly #identities: readonly Identity[];
  readonly #opened = new Map<string, Promise<OpenedSource>>();

  constructor(manifest: SealedManifest, files: SealedFiles, identities: readonly Identity[]) {
    this.manifest = manifest;
    this.#entries = new Map(manifest.files.map((entry) => [entry.path, entry]));
    this.#files = files;
    this.#identities = identities;
  }

  list(): readonly string[] {
    return [...this.#entries.keys()];
  }

  size(path: string): number | null {
    return this.#entries.get(path)?.size ?? null;
  }

  async open(path: string): Promise<OpenedSource> {
    const opening = this.#opened.get(path) ?? this.#open(this.#entry(path));
    this.#opened.set(path, opening);
    // What failed may be tried again: a key broker may have been away.
    opening.catch(() => this.#opened.delete(path));
    return opening;
  }

  async #open({ path, size, fileKeyName: expectedName }: SealedEntry): Promise<OpenedSource> {
    const opened = await this.#naming(path, async () =>
      openRandomAccepted(await this.#files.open(sealedName(path)), this.#identities, async (fileKey) => {
        const isListed = equalSecrets(await fileKeyName(fileKey), expectedName);
        if (!isListed) throw new SealingError("file-swapped", { path });
      }),
    );
    if (opened.size !== size) throw new SealingError("file-size", { path, expected: size, found: opened.size });
    const read: OpenedSource["read"] = (offset, length) => this.#naming(path, () => opened.read(offset, length));
    return { size, read, payload: () => opened.payload() };
  }

  async read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const opened = await this.open(path);
    const bytes = await opened.read(0, opened.size);
    const digest = startSha256();
    digest.update(bytes);
    this.#checkDigest(path, digest.digest());
    return bytes;
  }

  stream(path: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    const digest = startSha256();
    let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | null = null;
    return new ReadableStream(
      {
        pull: async (controller) => {
          reader ??= streamFrom(await this.open(path)).getReader();
          const { done, value } = await reader.read();
          if (done) {
            this.#checkDigest(path, digest.digest());
            controller.close();
            return;
          }
          digest.update(value);
          controller.enqueue(value);
        },
        cancel: async (reason) => reader?.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  #entry(path: string): SealedEntry {
    const entry = this.#entries.get(path);
    if (!entry) throw new SealingError("file-missing", { path });
    return entry;
  }

  #checkDigest(path: string, found: Uint8Array): void {
    if (!equalBytes(found, this.#entry(path).sha256)) throw new SealingError("file-digest", { path });
  }

  /** What is wrong with the seal of one file is told with its name. */
  async #naming<T>(path: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!isSealingError(error) || "path" in error.facts || error.code === "range-outside") throw error;
      throw new SealingError("file-damaged", { path, reason: error.code }, error);
    }
  }
}
