// The files of one version of a model, read-only, wherever they lie: a folder, an archive, or memory.

/**
 * Names are relative, with `/` between segments, and never leave the model: a name with `..`, a leading `/` or a symbolic link
 * that leads outside is not there.
 */
export interface ModelFiles {
  /** All names, sorted. */
  list(): readonly string[];
  /** Length in bytes, or null where there is no such file. */
  size(name: string): number | null;
  /** The whole file in a buffer of its own, free to be transferred. Throws `LayoutError` where it cannot be read. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Passes all of a large file on in its order, so that it is never whole in memory; absent where `read` is no worse. `take` sees each
   * piece for the time of the call. None of it may be believed before this resolves: only then is the file known to be what it must be.
   * Throws as `read` does, what `take` throws, and soon after `signal` its reason.
   */
  stream?(name: string, take: (piece: Uint8Array) => void, signal: AbortSignal): Promise<void>;
  /** Where the file lies on disk, for engines that can map it; null where it exists in an archive or in memory only. */
  path(name: string): string | null;
  /** Gives up what it takes to read, where something is held for it; nothing is read afterwards. */
  close?(): Promise<void>;
}
