// Which file systems lie in memory, by the number that statfs(2) tells of each.

/** TMPFS_MAGIC and RAMFS_MAGIC of linux/magic.h. */
const magics: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** A tmpfs may still be swapped out. */
export function isMemoryFileSystem(type: number): boolean {
  return magics.has(type);
}
