// Keeps a thread from being ended while it is inside native code.

/** The count that stands for "nobody may enter any more". */
const closed = -1;

/**
 * To end a thread while onnxruntime runs on it takes the whole process down: when the native code returns, it cannot report to a
 * JavaScript that is gone, and aborts (seen with onnxruntime-node 1.30). So the engine counts itself in and out, in memory that both
 * threads see, and whoever wants to end the thread closes the gate first.
 */
export class NativeGate {
  readonly buffer: SharedArrayBuffer;
  readonly #inside: Int32Array<SharedArrayBuffer>;

  /** Both sides make a gate over the same 4 bytes. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.buffer = buffer;
    this.#inside = new Int32Array(buffer);
  }

  /** The engine's side: does `work`, which calls native code. Throws `TypeError` once the gate is closed. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    this.#enter();
    try {
      return await work();
    } finally {
      Atomics.sub(this.#inside, 0, 1);
      Atomics.notify(this.#inside, 0);
    }
  }

  /** The other side: resolves when nobody is inside; from then on nobody enters. */
  async close(): Promise<void> {
    for (;;) {
      const inside = Atomics.compareExchange(this.#inside, 0, 0, closed);
      if (inside <= 0) return;
      await Atomics.waitAsync(this.#inside, 0, inside).value;
    }
  }

  #enter(): void {
    for (;;) {
      const inside = Atomics.load(this.#inside, 0);
      if (inside === closed) throw new TypeError("the engine is being ended");
      if (Atomics.compareExchange(this.#inside, 0, inside, inside + 1) === inside) return;
    }
  }
}
