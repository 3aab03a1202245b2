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

/** Read anew for every request: whoever renews the files need not restart anything. Folders inside are not entered, names with a dot in front passed over. */
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
    const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
    if (names.length > maxFiles)
      throw new CollateralError("too-large", { what: `folder '${folder}'`, limit: maxFiles });
    const files: CollateralFile[] = [];
    for (const name of names) {
      const path = join(folder, name);
      const found = await stat(path);
      if (!found.isFile()) continue;
      if (found.size > maxBytes) throw new CollateralError("too-large", { what: `file '${path}'`, limit: maxBytes });
      files.push({ name: path, bytes: await readFile(path) });
    }
    return files;
  } catch (error) {
    if (error instanceof CollateralError) throw error;
    throw new CollateralError("unavailable", { source: `folder '${folder}'`, reason: reasonOf(error) }, error);
  }
}
