// Gets a model ready for its engine: a large one that lies nowhere as a file goes through a memory folder, and is never whole in this process.
import type { Clock } from "@sealserve/serving";
import type { EngineInit, Staged } from "../hosting/wire.ts";
import { type MemoryFolder, MemoryFolderFault } from "../memory/memory-folder.ts";
import type { MemoryFolders } from "../memory/memory-folders.ts";
import { MappedRelease } from "../memory/release-mapped.ts";
import type { ModelFiles } from "../model-files.ts";
import { MalformedModelError } from "./external-data.ts";
import { type OnnxSource, readOnnxSource } from "./onnx-source.ts";
import { UnsplittableError } from "./piece-reader.ts";
import { roomFor, stageModel } from "./stage-model.ts";

/** A source on its way to a worker. */
export interface OpenedOnnxSource extends Pick<EngineInit, "transfer" | "staged"> {
  readonly source: OnnxSource;
}

export interface OnnxModelFile {
  /** The model's name, for errors. */
  readonly model: string;
  readonly files: ModelFiles;
  /** Of `files`. */
  readonly file: string;
}

export interface OnnxOpenerParts {
  readonly clock: Clock;
  /** null: every model goes through memory as a whole. */
  readonly memoryFolders: MemoryFolders | null;
}

/** From this size on (bytes) a copy of a model in memory costs more than files. */
const stagedFrom = 8 * 1024 * 1024;

/** One for all starts of one model. */
export class OnnxOpener {
  readonly #model: OnnxModelFile;
  readonly #parts: OnnxOpenerParts;
  /** Files go before the engine has loaded; false once an engine was seen to come back for one. */
  #early = true;

  constructor(model: OnnxModelFile, parts: OnnxOpenerParts) {
    this.#model = model;
    this.#parts = parts;
  }

  /** Throws as `readOnnxSource` does, and soon after `signal` its reason. */
  async open(signal: AbortSignal): Promise<OpenedOnnxSource> {
    const staged = await this.#stage(signal);
    if (staged) return staged;
    signal.throwIfAborted();
    const { model, file, files } = this.#model;
    const source = await readOnnxSource(model, file, files);
    const given = source.kind === "path" ? [] : [source.bytes, ...source.external.map(({ bytes }) => bytes)];
    return { source, transfer: given.map(({ buffer }) => buffer) };
  }

  /** null where the model is read whole: it is small, or there is no room, or only onnxruntime itself can say what is wrong with it. */
  async #stage(signal: AbortSignal): Promise<OpenedOnnxSource | null> {
    const { file, files } = this.#model;
    const { memoryFolders } = this.#parts;
    const size = files.list().reduce((sum, name) => sum + (files.size(name) ?? 0), 0);
    if (!memoryFolders || !files.stream || files.path(file) !== null || size < stagedFrom) return null;
    await using stack = new AsyncDisposableStack();
    try {
      const folder = await memoryFolders.create(roomFor(size));
      if (!folder) return null;
      stack.use(folder);
      const { path, weights } = await stageModel({ files, file }, folder, signal);
      stack.move();
      return { source: { kind: "path", path }, transfer: [], staged: this.#staged(folder, weights) };
    } catch (error) {
      if (error instanceof UnsplittableError || error instanceof MalformedModelError) return null;
      if (error instanceof MemoryFolderFault) return null;
      throw error;
    }
  }

  #staged(folder: MemoryFolder, sizes: ReadonlyMap<string, number>): Staged {
    const { clock } = this.#parts;
    let release: MappedRelease | null = null;
    return {
      loading: (pid) => {
        if (this.#early) release = new MappedRelease({ folder, sizes, pid }, { clock });
      },
      worthAnother: () => {
        const wentEarly = release?.began ?? false;
        if (wentEarly) this.#early = false;
        return wentEarly;
      },
      [Symbol.asyncDispose]: async () => {
        release?.stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  }
}
