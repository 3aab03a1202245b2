// A folder that exists in memory only: checked to be one, and wiped at the end.
import { mkdir, mkdtemp, readFile, realpath, statfs } from "node:fs/promises";
import { join } from "node:path";
import { isMemoryFileSystem, reasonOf } from "@sealserve/primitives";
import { SidecarError } from "../sidecar-error.ts";
import { mountOf, swapsIn } from "./mounts.ts";
import { removeFolder } from "./remove-folder.ts";
import { removeLeftovers } from "./remove-leftovers.ts";
import { folderPrefix, showLife } from "./sign-of-life.ts";

/** What the kernel says; the machine's own but for tests. */
export interface KernelView {
  mountInfo(): Promise<string>;
  swaps(): Promise<string>;
  /** The magic number of a folder's file system, as statfs(2) tells it. */
  fileSystemType(folder: string): Promise<number>;
}

/** Disposing overwrites every file with zeros and removes all. */
export interface MemoryFolder extends AsyncDisposable {
  readonly path: string;
  /** Where models are opened. */
  readonly models: string;
  /** For whatever a program keeps for itself: what it unpacks of a model must not reach a disk either. */
  readonly scratch: string;
}

/**
 * A new folder in `under`, only for its owner; those of sidecars that were killed are wiped and removed before. Two witnesses must agree that it lies in memory: the mount table, and the file system itself.
 * Throws `SidecarError` `not-in-memory`, `memory-swappable`.
 */
export async function openMemoryFolder(under: string, kernel: KernelView = thisKernel): Promise<MemoryFolder> {
  const parent = await realpath(under).catch((error: unknown) => {
    throw new SidecarError("not-in-memory", { folder: under, found: reasonOf(error) }, error);
  });
  await checkInMemory(parent, kernel);
  await removeLeftovers(parent);
  const path = await mkdtemp(join(parent, folderPrefix));
  const life = await showLife(path);
  const [models, scratch] = [join(path, "models"), join(path, "scratch")];
  for (const folder of [models, scratch]) await mkdir(folder, { mode: 0o700 });
  return {
    ...{ path, models, scratch },
    async [Symbol.asyncDispose]() {
      await removeFolder(path);
      life[Symbol.dispose]();
    },
  };
}

async function checkInMemory(folder: string, kernel: KernelView): Promise<void> {
  const mountInfo = await kernel.mountInfo().catch((error: unknown) => {
    throw new SidecarError("not-in-memory", { folder, found: `on an unknown mount: ${reasonOf(error)}` }, error);
  });
  const mount = mountOf(folder, mountInfo);
  if (mount?.type !== "tmpfs" && mount?.type !== "ramfs") {
    const found = mount ? `on a file system of type ${mount.type}, mounted at ${mount.point}` : "on no known mount";
    throw new SidecarError("not-in-memory", { folder, found });
  }
  const magic = await kernel.fileSystemType(folder);
  if (!isMemoryFileSystem(magic)) {
    throw new SidecarError("not-in-memory", { folder, found: `on a file system of type 0x${magic.toString(16)}` });
  }
  // A ramfs is never written to a swap device; a tmpfs is, unless it was mounted with noswap.
  if (mount.type === "ramfs" || mount.options.includes("noswap")) return;
  const swaps = swapsIn(await kernel.swaps());
  if (swaps.length > 0) throw new SidecarError("memory-swappable", { folder, swaps });
}

const thisKernel: KernelView = {
  mountInfo: () => readFile("/proc/self/mountinfo", "utf8"),
  swaps: () => readFile("/proc/swaps", "utf8"),
  fileSystemType: async (folder) => (await statfs(folder)).type,
};
