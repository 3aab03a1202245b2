// The few file operations that attesters need, so that tests can stand in for the kernel.
import { mkdir, open, rmdir, stat } from "node:fs/promises";
import type { Bytes } from "@sealserve/primitives";

export interface KernelFiles {
  exists(path: string): Promise<boolean>;
  /** The whole content: such files say that they are empty and must be read to their end. Refuses more than `limit` bytes. */
  read(path: string, limit: number): Promise<Bytes>;
  /** In one `write`: the kernel takes each one as a whole value. */
  write(path: string, bytes: Bytes): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Of a folder that the kernel fills: its files need not be removed first. */
  removeFolder(path: string): Promise<void>;
}

export const nodeKernelFiles: KernelFiles = {
  exists: (path) =>
    stat(path).then(
      () => true,
      () => false,
    ),
  async read(path, limit) {
    await using file = await open(path, "r");
    const buffer = new Uint8Array(limit + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length > limit) break;
    }
    if (length > limit) throw new RangeError(`more than ${limit} bytes`);
    return buffer.slice(0, length);
  },
  async write(path, bytes) {
    await using file = await open(path, "w");
    await file.write(bytes);
  },
  makeFolder: (path) => mkdir(path),
  removeFolder: (path) => rmdir(path),
};

/** The error code of a failed operation of the file system, such as EBUSY; null for any other error. */
export function errorCodeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
