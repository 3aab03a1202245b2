// A named pipe by which an engine reads a model that lies nowhere as a file: the kernel passes it on, and neither side holds it whole.
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface ModelPipe {
  /** What the engine opens, once. Only this user may. */
  readonly path: string;
  /**
   * Waits until the engine opens the pipe, then passes all pieces on; each is given away. The last one is held back until `pieces`
   * ended, for only then everything was proved. Returns whether the engine took all; throws what `pieces` throws. In every case but
   * the whole one the engine gets an end that is no model. After `signal` it ends soon; the pipe is gone afterwards.
   */
  feed(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>, signal: AbortSignal): Promise<boolean>;
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
    async feed(pieces, signal) {
      try {
        await using writer = await openWriter(path, signal);
        // The name has served: nobody else can open it, and no weights can be looked for beside it.
        await rm(folder, { recursive: true, force: true });
        return !signal.aborted && (await passOn(writer, pieces, signal));
      } finally {
        await rm(folder, { recursive: true, force: true });
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

async function passOn(
  writer: FileHandle,
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<boolean> {
  let held: Uint8Array<ArrayBuffer> | null = null;
  let writing = Promise.resolve(true);
  let whole = false;
  try {
    for await (const piece of pieces) {
      if (!(await writing) || signal.aborted) return false;
      if (held) writing = write(writer, held);
      held = piece;
    }
    whole = (await writing) && (held === null || (await write(writer, held)));
    return whole;
  } finally {
    if (!whole && (await writing)) await write(writer, poison.slice());
  }
}

/** Returns whether there still is a reader. Frees the memory of the piece at once: the collector would let many pile up. */
async function write(writer: FileHandle, piece: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    for (let done = 0; done < piece.length; ) done += (await writer.write(piece, done)).bytesWritten;
    return true;
  } catch {
    // A pipe fails for one reason: its reader is gone, and says itself why.
    return false;
  } finally {
    piece.buffer.transfer(0);
  }
}
