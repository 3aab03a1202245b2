// Lays a large model out in a memory folder, from which an engine maps it: written while it is proved, complete only once it is.
import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { concatBytes } from "@sealserve/primitives";
import type { MemoryFolder } from "../memory/memory-folder.ts";
import type { ModelFiles } from "../model-files.ts";
import { externalLocations } from "./external-data.ts";
import { UnsplittableError } from "./piece-reader.ts";
import { ModelSplitter } from "./split-model.ts";

export interface StagedModel {
  /** What the engine opens. */
  readonly path: string;
  /** Weights that have a file of their own: its bytes by its name in the folder. */
  readonly weights: ReadonlyMap<string, number>;
}

/** A model whose large weights are in files: it would go whole through memory otherwise. */
export interface StageableModel {
  readonly files: ModelFiles;
  /** Of `files`: the model file. */
  readonly file: string;
}

/** Raw data of this size (bytes) are worth a file of their own. */
const apartFrom = 256 * 1024;

/** Bytes of a model that may not be such data. */
const mostElse = 64 * 1024 * 1024;

/** More than all that is written for `size` bytes of files, with what pages leave unused. */
export function roomFor(size: number): number {
  return Math.ceil(size * (1 + 4096 / apartFrom)) + 1024 * 1024;
}

/**
 * Throws `UnsplittableError` or `MalformedModelError` for a model that is better read whole, `MemoryFolderFault`, what the files throw, and
 * soon after `signal` its reason.
 */
export async function stageModel(
  { files, file }: StageableModel,
  folder: MemoryFolder,
  signal: AbortSignal,
): Promise<StagedModel> {
  const { stream } = files;
  const size = files.size(file);
  if (!stream || size === null) throw new UnsplittableError("it cannot be read in pieces");
  const weights = new Map<string, number>();
  const prefix = `${randomUUID()}-`;
  const nameOf = (location: string): string => posix.join(posix.dirname(file), location);
  const splitter = new ModelSplitter(
    { size, apartFrom, most: mostElse, location: (index) => `${prefix}${index}` },
    {
      open(location, length) {
        weights.set(nameOf(location), length);
        return folder.create(nameOf(location));
      },
    },
  );
  await stream(file, (piece) => splitter.push(piece), signal);
  const model = concatBytes(splitter.end());
  for (const location of externalLocations(model)) {
    if (location.startsWith(prefix)) continue;
    const name = nameOf(location);
    // Others are refused, or found elsewhere, by whoever reads models whole.
    const isPlain = !posix.isAbsolute(location) && !location.split("/").includes("..");
    if (!isPlain || files.size(name) === null) {
      throw new UnsplittableError(`weights at '${location}'`);
    }
    const data = folder.create(name);
    await stream(name, (piece) => data.write(piece), signal);
    data.close();
  }
  const whole = folder.create(file);
  whole.write(model);
  whole.close();
  return { path: posix.join(folder.path, file), weights };
}
