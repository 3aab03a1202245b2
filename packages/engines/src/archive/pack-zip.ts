// Writes the files of an archive as a zip.
import { createReadStream } from "node:fs";
import { PassThrough, type Readable } from "node:stream";
import { ZipFile } from "yazl";
import { manifestName } from "./manifest.ts";
import type { PackContents } from "./pack-contents.ts";

export interface ZipContents extends PackContents {
  /** Default: that of a model archive. */
  readonly manifestName?: string;
  /** Names of the files that are not compressed. */
  readonly stored: readonly string[];
}

export function zipOf({ manifest, files, now, stored, onRead, ...names }: ZipContents): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  zip.on("error", (error: Error) => output.destroy(error));
  const entry = { mtime: localTwin(now), mode: 0o100644, forceDosTimestamp: true };
  for (const { name, path, size } of files) {
    zip.addReadStreamLazy(name, { ...entry, size, compress: !stored.includes(name) }, (give) => {
      const counted = new PassThrough();
      counted.on("data", (chunk: Buffer) => onRead(name, chunk.length));
      const read = createReadStream(path, { highWaterMark: 1 << 20 });
      read.on("error", (error) => output.destroy(error));
      give(null, read.pipe(counted));
    });
  }
  zip.addBuffer(Buffer.from(manifest), names.manifestName ?? manifestName, entry);
  zip.end();
  return output;
}

/** Zip has local times without a zone. This time reads, on this machine, as `now` does in UTC. */
function localTwin(now: Date): Date {
  return new Date(
    now.getUTCFullYear(),
    now.getUTCMonth(),
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
  );
}
