// What goes into a model archive, whatever its form.
import type { PackedFile } from "./packing-list.ts";

export interface PackContents {
  /** As it lies in the archive. */
  readonly manifest: string;
  readonly files: readonly PackedFile[];
  readonly now: Date;
  /** Told of each piece that was read of a file, with its bytes. */
  readonly onRead: (file: string, bytes: number) => void;
}
