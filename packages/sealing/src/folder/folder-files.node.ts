// The sealed files of a folder on disk, opened one at a time and closed together.
import { join } from "node:path";
import type { SealedFiles } from "../directory/sealed-directory.ts";
import { fileSource, type OpenFileSource } from "./file-source.node.ts";
import { listFiles } from "./list-files.node.ts";

/** Files stay open until disposal, so that what was measured is what is read. */
export function folderFiles(folder: string): SealedFiles & AsyncDisposable {
  const opened: OpenFileSource[] = [];
  return {
    list: () => listFiles(folder),
    async open(name) {
      const source = await fileSource(join(folder, name));
      opened.push(source);
      return source;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((source) => source[Symbol.asyncDispose]()));
    },
  };
}
