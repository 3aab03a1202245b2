// Puts the files of a bundle into a folder, each whole or not at all, and says what changed there.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CollateralFile } from "@sealserve/attestation";
import { equalBytes } from "@sealserve/primitives";

export interface ImportedFile {
  readonly name: string;
  readonly change: "added" | "replaced" | "unchanged";
}

/** The names are file names: the bundle's reader has seen to that. */
export async function importFiles(files: readonly CollateralFile[], folder: string): Promise<readonly ImportedFile[]> {
  await mkdir(folder, { recursive: true });
  const imported: ImportedFile[] = [];
  for (const { name, bytes } of files) {
    const path = join(folder, name);
    const old = await readIfThere(path);
    const change = old === null ? "added" : equalBytes(old, bytes) ? "unchanged" : "replaced";
    if (change !== "unchanged") await writeWhole(path, bytes);
    imported.push({ name, change });
  }
  return imported;
}

/** Readers see the old file or the new one, never a part. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
