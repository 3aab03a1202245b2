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
   * Passes a large file on to a pipe, so that it is never whole in memory; absent where `read` is no worse. All of it is found to be what
   * it must be before `into` is asked for the pipe's descriptor, or null for none. Returns whether the pipe took all. Throws as `read`
   * does, also where the file has changed since. Ends soon after `signal`.
   */
  pour?(name: string, into: () => Promise<number | null>, signal: AbortSignal): Promise<boolean>;
  /** Where the file lies on disk, for engines that can map it; null where it exists in an archive or in memory only. */
  path(name: string): string | null;
  /** Gives up what it takes to read, where something is held for it; nothing is read afterwards. */
  close?(): Promise<void>;
}
