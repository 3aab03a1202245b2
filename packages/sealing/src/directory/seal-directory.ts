// Seals the files of a model one by one, each under a key of its own, and a manifest over them.
import { startSha256 } from "#sha256";
import { type RandomBytes, webRandomBytes } from "../age/file-key.ts";
import { fileKeyName, fileKeySize } from "../age/key-schedule.ts";
import type { Recipient } from "../recipient.ts";
import { seal, sealWith } from "../seal.ts";
import { SealingError } from "../sealing-error.ts";
import { tappedStream } from "../tapped-stream.ts";
import { checkFilePath, manifestName, sealedName } from "./file-path.ts";
import type { ModelLabel, SealedEntry, SealedManifest } from "./manifest.ts";
import { encodeManifest, manifestLimit } from "./manifest-document.ts";
import { merkleRoot } from "./merkle-root.ts";
import { checkModelLabel } from "./model-label.ts";

/** One file to seal. `open` is called once. */
export interface PlainFile {
  /** Relative, with `/`. */
  readonly path: string;
  open(): ReadableStream<Uint8Array>;
}

/** Writes one sealed file to its end; the manifest comes last. */
export type WriteSealedFile = (name: string, content: ReadableStream<Uint8Array<ArrayBuffer>>) => Promise<void>;

export interface SealDirectoryParts {
  readonly now: () => Date;
  readonly write: WriteSealedFile;
  /** Default: Web Crypto's. */
  readonly randomBytes?: RandomBytes;
}

/**
 * Seals `files` in constant memory. Throws `SealingError` `label-refused`, `path-refused`, `recipients-missing`,
 * `passphrase-not-alone`, `manifest-too-large`, and what a recipient, a file or `write` throws; what was written until then is without a manifest, and so opens nowhere.
 */
export async function sealDirectory(
  model: ModelLabel,
  files: readonly PlainFile[],
  recipients: readonly Recipient[],
  { now, write, randomBytes = webRandomBytes }: SealDirectoryParts,
): Promise<SealedManifest> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  checkModelLabel(model);
  checkPaths(sorted.map(({ path }) => path));
  const entries: SealedEntry[] = [];
  for (const file of sorted) entries.push(await sealFile(file, recipients, { write, randomBytes }));
  const manifest = { model, created: now(), files: entries, root: merkleRoot(model, entries) };
  const document = encodeManifest(manifest);
  if (document.length > manifestLimit) throw new SealingError("manifest-too-large", { limit: manifestLimit });
  await write(manifestName, seal(oneChunk(document), recipients, { randomBytes }));
  return manifest;
}

function checkPaths(sorted: readonly string[]): void {
  for (const [i, path] of sorted.entries()) {
    checkFilePath(path);
    if (path === sorted[i - 1]) throw new SealingError("path-refused", { path, problem: "it is there twice" });
  }
}

async function sealFile(
  { path, open }: PlainFile,
  recipients: readonly Recipient[],
  { write, randomBytes }: { readonly write: WriteSealedFile; readonly randomBytes: RandomBytes },
): Promise<SealedEntry> {
  const digest = startSha256();
  let size = 0;
  const measured = tappedStream(open(), (piece) => {
    digest.update(piece);
    size += piece.length;
  });
  const fileKey = randomBytes(fileKeySize);
  try {
    const name = await fileKeyName(fileKey);
    await write(sealedName(path), sealWith(fileKey, measured, recipients, { randomBytes }));
    return { path, size, sha256: digest.digest(), fileKeyName: name };
  } finally {
    // Where nothing was asked of the stream, it wiped nothing.
    fileKey.fill(0);
  }
}

function oneChunk(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
