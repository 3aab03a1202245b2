// Writes the files of a model archive into a folder, as they would lie in it.

import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { manifestName } from "./manifest.ts";
import type { PackContents } from "./pack-contents.ts";

/** `folder` must not be there. */
export async function writeArchiveFolder(folder: string, { manifest, files, onRead }: PackContents): Promise<void> {
  for (const { name, path } of files) {
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    const read = createReadStream(path, { highWaterMark: 1 << 20 });
    read.on("data", (chunk) => onRead(name, chunk.length));
    await pipeline(read, createWriteStream(target, { flags: "wx" }));
  }
  const target = join(folder, manifestName);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, manifest, { flag: "wx" });
}
