// A thread that opens the chunks of one large file, while this thread looks at what it opened.
import { Worker } from "node:worker_threads";
import type { SealedPayload } from "../open-random.ts";
import { counter, type PayloadAnswer, type PayloadOutcome, ringPieces } from "./payload-task.ts";
import { type PieceTags, pieceSize } from "./piece-tags.node.ts";

/** `lost`: the thread itself failed. */
export type ThreadOutcome = PayloadOutcome | "lost";

/** Sees each piece of a file in its order, for the time of the call. */
export type Look = (piece: Uint8Array, index: number) => void;

export interface PayloadThreadParts {
  readonly look: Look;
  /** Where to note each piece, if anywhere. */
  readonly tags: PieceTags | null;
}

/** Begins at once. Disposed, it stops, waits until the thread is gone, and wipes what passed through. */
export class PayloadThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #look: Look;
  readonly #ring = new SharedArrayBuffer(ringPieces * pieceSize);
  readonly #counters = new Int32Array(new SharedArrayBuffer(8));
  readonly #outcome = Promise.withResolvers<ThreadOutcome>();

  /** Takes the key: it is transferred, and wiped by the thread. */
  constructor({ descriptor, key, start, size }: SealedPayload, { look, tags }: PayloadThreadParts) {
    this.#look = look;
    const rest = { tags: tags?.memory ?? null, ring: this.#ring, counters: this.#counters.buffer };
    const workerData = { descriptor, key, start, size, ...rest };
    this.#worker = new Worker(entry(), { workerData, transferList: [key.buffer], env: {}, argv: [], execArgv: [] });
    this.#worker.on("message", (answer: PayloadAnswer) => this.#receive(answer));
    // Whoever waits reads the rest of the file without it, and learns there what is wrong.
    this.#worker.on("error", () => this.#outcome.resolve("lost"));
    this.#worker.on("exit", () => this.#outcome.resolve("lost"));
    this.#outcome.promise.catch(() => "told to whoever asks");
  }

  /** Resolves once all pieces were looked at, or no more will be. Throws what `look` throws. Stops soon after `signal`. */
  async outcome(signal: AbortSignal): Promise<ThreadOutcome> {
    const stop = (): void => this.#stop();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await this.#outcome.promise;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#worker.terminate();
    new Uint8Array(this.#ring).fill(0);
  }

  #receive(answer: PayloadAnswer): void {
    if (answer.type === "done") {
      this.#outcome.resolve(answer.outcome);
      return;
    }
    if (Atomics.load(this.#counters, counter.stop) !== 0) return;
    const { index, length } = answer;
    try {
      this.#look(new Uint8Array(this.#ring, (index % ringPieces) * pieceSize, length), index);
    } catch (error) {
      this.#outcome.reject(error);
      this.#stop();
    }
    Atomics.add(this.#counters, counter.seen, 1);
    Atomics.notify(this.#counters, counter.seen);
  }

  #stop(): void {
    Atomics.store(this.#counters, counter.stop, 1);
    Atomics.notify(this.#counters, counter.seen);
  }
}

/** Beside this file, in sources as in a package that was built; beside the service where that was built into one file. */
function entry(): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./payload-main.node.${extension}`, import.meta.url);
}
