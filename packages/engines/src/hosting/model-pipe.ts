// A named pipe by which an engine reads a model that lies nowhere as a file: the kernel passes it on, and neither side holds it whole.
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Writes a model into the pipe whose descriptor `into` gives; returns whether all was taken. null: the engine never came. */
export type Pour = (into: () => Promise<number | null>) => Promise<boolean>;

export interface ModelPipe {
  /** What the engine opens, once. Only this user may. */
  readonly path: string;
  /**
   * Lets `pour` fill the pipe once the engine has opened it. Returns whether the engine took all; throws what `pour` throws. In every
   * case but the whole one the engine gets an end that is no model. After `signal` it ends soon; the pipe is gone afterwards.
   */
  feed(pour: Pour, signal: AbortSignal): Promise<boolean>;
}

/** A field of a wire type that does not exist: no parser of protobuf takes this for the end of a model. */
const poison = new Uint8Array(64).fill(7);

/** null where this machine has no `mkfifo` or no folder for it. */
export async function openModelPipe(): Promise<ModelPipe | null> {
  let folder: string | null = null;
  try {
    folder = await mkdtemp(join(tmpdir(), "sealserve-pipe-"));
    const path = join(folder, "model.onnx");
    await promisify(execFile)("mkfifo", ["-m", "600", path]);
    return pipeAt(folder, path);
  } catch {
    // Whoever wanted the pipe goes without: it reads the model into memory.
    if (folder !== null) await rm(folder, { recursive: true, force: true });
    return null;
  }
}

function pipeAt(folder: string, path: string): ModelPipe {
  return {
    path,
    async feed(pour, signal) {
      let opening: Promise<FileHandle> | null = null;
      const writer = (): Promise<FileHandle> => {
        opening ??= openWriter(path, signal);
        return opening;
      };
      let whole = false;
      try {
        whole = await pour(async () => {
          const { fd } = await writer();
          // The name has served: nobody else can open it, and no weights can be looked for beside it.
          await rm(folder, { recursive: true, force: true });
          return signal.aborted ? null : fd;
        });
        return whole;
      } finally {
        try {
          // An engine that waits for a model that will not come is not left waiting.
          await using last = await writer();
          if (!whole) await last.write(poison).catch(() => "its reader is gone");
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }
    },
  };
}

/** To open a pipe for writing waits for a reader; one of our own ends the wait where the engine will never come. */
async function openWriter(path: string, signal: AbortSignal): Promise<FileHandle> {
  const opening = open(path, "w");
  const over = Promise.withResolvers<void>();
  const stop = async (): Promise<void> => {
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await opening;
    await reader.close();
  };
  const leave = (): void => void stop().then(over.resolve, over.reject);
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    const writer = await opening;
    if (signal.aborted) await over.promise;
    return writer;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
