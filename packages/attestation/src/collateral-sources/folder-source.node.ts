// The door to collateral in a folder: answers of the services, or collateral in JSON, saved under any names.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import type { CollateralSource } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import type { CollateralFile } from "./collateral-file.ts";
import { filesSource } from "./files-source.ts";

export interface FolderOptions {
  readonly folder: string;
  /** Default 256 files of at most 4 MiB. */
  readonly maxFiles?: number;
  readonly maxBytes?: number;
}

/** Read anew for every request: whoever renews the files need not restart anything. Folders inside are not entered. */
export function folderSource(options: FolderOptions): CollateralSource {
  return {
    async fetch(request, signal) {
      const files = await readFolder(options);
      return filesSource(files, `folder '${options.folder}'`).fetch(request, signal);
    },
  };
}

async function readFolder({
  folder,
  maxFiles = 256,
  maxBytes = 4 * 1024 * 1024,
}: FolderOptions): Promise<readonly CollateralFile[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name);
    if (names.length > maxFiles)
      throw new CollateralError("too-large", { what: `folder '${folder}'`, limit: maxFiles });
    const files: CollateralFile[] = [];
    for (const name of names.sort()) {
      const path = join(folder, name);
      const { size } = await stat(path);
      if (size > maxBytes) throw new CollateralError("too-large", { what: `file '${path}'`, limit: maxBytes });
      files.push({ name: path, bytes: await readFile(path) });
    }
    return files;
  } catch (error) {
    if (error instanceof CollateralError) throw error;
    throw new CollateralError("unavailable", { source: `folder '${folder}'`, reason: reasonOf(error) }, error);
  }
}
