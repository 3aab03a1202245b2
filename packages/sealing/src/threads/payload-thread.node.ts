// A thread that opens the chunks of one large file: to prove it while this thread hashes, then to pass it on to a pipe.
import { Worker } from "node:worker_threads";
import type { SealedPayload } from "../open-random.ts";
import { counter, type PayloadAnswer, type PayloadOutcome, type PayloadTask, ringPieces } from "./payload-task.ts";
import { type PieceTags, pieceSize } from "./piece-tags.node.ts";

/** `lost`: the thread itself failed. */
export type Poured = PayloadOutcome | "lost";

/** One task at a time. Disposed, it stops, waits until the thread is gone, and wipes what passed through. */
export class PayloadThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #ring = new SharedArrayBuffer(ringPieces * pieceSize);
  readonly #counters = new Int32Array(new SharedArrayBuffer(8));
  #look: (index: number, piece: Uint8Array) => void = () => {};
  #settle: (outcome: Poured) => void = () => {};

  /** Takes the key: it is transferred, and wiped by the thread. */
  constructor({ descriptor, key, start, size }: SealedPayload, tags: PieceTags) {
    const rest = { tags: tags.memory, ring: this.#ring, counters: this.#counters.buffer };
    const workerData = { descriptor, key, start, size, ...rest };
    this.#worker = new Worker(entry(), { workerData, transferList: [key.buffer], env: {}, argv: [], execArgv: [] });
    this.#worker.on("message", (answer: PayloadAnswer) => this.#receive(answer));
    // Whoever waits reads the file without it, and learns there what is wrong.
    this.#worker.on("error", () => this.#settle("lost"));
    this.#worker.on("exit", () => this.#settle("lost"));
  }

  /** Opens and tags all pieces. `look` sees each in its order, for the time of the call. Stops soon after `signal`. */
  prove(look: (index: number, piece: Uint8Array) => void, signal: AbortSignal): Promise<Poured> {
    this.#look = look;
    return this.#do({ type: "prove" }, signal);
  }

  /** Writes all pieces into a pipe, each once its tag was compared. Stops soon after `signal`, or where nobody reads any more. */
  pour(into: number, signal: AbortSignal): Promise<Poured> {
    return this.#do({ type: "pour", into }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#worker.terminate();
    new Uint8Array(this.#ring).fill(0);
  }

  async #do(task: PayloadTask, signal: AbortSignal): Promise<Poured> {
    const { promise, resolve } = Promise.withResolvers<Poured>();
    const stop = (): void => this.#stop();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    this.#settle = resolve;
    this.#worker.postMessage(task);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #receive(answer: PayloadAnswer): void {
    if (answer.type === "done") {
      this.#settle(answer.outcome);
      return;
    }
    this.#look(answer.index, new Uint8Array(this.#ring, (answer.index % ringPieces) * pieceSize, answer.length));
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
