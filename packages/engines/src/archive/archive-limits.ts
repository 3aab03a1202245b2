// How much an archive from a stranger may hold.

export interface ArchiveLimits {
  /** Entries, directories included. */
  readonly maxEntries: number;
  /** Bytes of all entries together, unpacked. */
  readonly maxTotalSize: number;
  /** Unpacked bytes for each packed byte of one entry. */
  readonly maxRatio: number;
}

/** 8 GiB is the most that one `ArrayBuffer`, and so one file of a model in memory, can hold. */
export const defaultArchiveLimits: ArchiveLimits = { maxEntries: 10_000, maxTotalSize: 8 * 2 ** 30, maxRatio: 200 };
