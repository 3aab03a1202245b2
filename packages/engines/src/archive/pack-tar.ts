// Writes the files of a model archive as a compressed tar, below one folder as torch-model-archiver has them.
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { manifestName } from "./manifest.ts";
import type { PackContents } from "./pack-contents.ts";

export interface TarContents extends PackContents {
  /** That all files lie in: the model's name. */
  readonly folder: string;
  readonly isCompressed: boolean;
}

/** A stream that fails where a file cannot be read. */
export function tarOf(contents: TarContents): Readable {
  const tar = pack();
  const packed = createGzip({ level: contents.isCompressed ? 6 : 0 });
  writeEntries(tar, contents).then(
    () => tar.finalize(),
    (error: Error) => packed.destroy(error),
  );
  tar.on("error", (error: Error) => packed.destroy(error));
  tar.pipe(packed);
  return packed;
}

type Tar = ReturnType<typeof pack>;

async function writeEntries(tar: Tar, { folder, manifest, files, now, onRead }: TarContents): Promise<void> {
  const mtime = now;
  tar.entry({ name: `${folder}/${manifestName}`, mtime, mode: 0o644 }, manifest);
  for (const { name, path, size } of files) {
    const entry = tar.entry({ name: `${folder}/${name}`, size, mtime, mode: 0o644 });
    const read = createReadStream(path, { highWaterMark: 1 << 20 });
    read.on("data", (chunk) => onRead(name, chunk.length));
    await pipeline(read, entry);
  }
}
