// The files of a model that lies in a folder.
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { LayoutError } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";

export interface FolderFilesOptions {
  readonly folder: string;
  /** No symbolic link may lead out of this folder. */
  readonly boundary: string;
  /** Which files at the top of `folder` belong to the model, where it holds others too. */
  readonly belongs?: (name: string) => boolean;
  /** Default 10,000. */
  readonly maxFiles?: number;
}

const maxDepth = 32;

/** Names that begin with a dot are left out. Throws `file-unreadable` and `too-many-files`. */
export async function folderFiles(options: FolderFilesOptions): Promise<ModelFiles> {
  const { folder } = options;
  let sizes: ReadonlyMap<string, number>;
  try {
    sizes = await collect(options, await realpath(options.boundary));
  } catch (error) {
    if (error instanceof LayoutError) throw error;
    throw new LayoutError("file-unreadable", { location: folder, file: ".", problem: reasonOf(error) }, error);
  }
  const names = [...sizes.keys()].sort();
  return {
    list: () => names,
    size: (name) => sizes.get(name) ?? null,
    path: (name) => (sizes.has(name) ? join(folder, name) : null),
    read: async (name) => {
      if (!sizes.has(name)) throw new LayoutError("file-missing", { location: folder, file: name, found: names });
      try {
        // Buffers of whole files are not pooled, but the type does not say so.
        const bytes = await readFile(join(folder, name));
        return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
          ? new Uint8Array(bytes.buffer)
          : new Uint8Array(bytes);
      } catch (error) {
        throw new LayoutError("file-unreadable", { location: folder, file: name, problem: reasonOf(error) }, error);
      }
    },
  };
}

async function collect(options: FolderFilesOptions, boundary: string): Promise<Map<string, number>> {
  const { folder, belongs = () => true, maxFiles = 10_000 } = options;
  const sizes = new Map<string, number>();
  const walk = async (path: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith(".") || (depth === 0 && !belongs(entry.name))) continue;
      const child = join(path, entry.name);
      if (entry.isSymbolicLink() && !(await staysInside(child, boundary))) continue;
      const stats = await stat(child);
      if (stats.isDirectory() && depth < maxDepth) await walk(child, depth + 1);
      if (!stats.isFile()) continue;
      if (sizes.size === maxFiles) throw new LayoutError("too-many-files", { location: folder, limit: maxFiles });
      sizes.set(relative(folder, child).split(sep).join("/"), stats.size);
    }
  };
  await walk(folder, 0);
  return sizes;
}

/** Whether a link leads to something that is there and inside. */
async function staysInside(link: string, boundary: string): Promise<boolean> {
  const target = await realpath(link).catch(() => null);
  return target !== null && (target === boundary || target.startsWith(boundary + sep));
}
