// The broker's listeners, each opened once what stands behind it is there; limited, watched and in a TEE giving evidence alike.
import type { Protocol } from "@sealserve/protocols";
import {
  type Listeners,
  type ListenersOptions,
  type ListenersParts,
  openListeners,
  type PortBinding,
} from "@sealserve/server";

/** Requests of all listeners are small; a resource may have 512 KiB, in base64. */
const limits = { maxBodyBytes: 1024 * 1024, requestTimeout: 30_000, headerTimeout: 10_000 };

export class Doors {
  readonly #parts: ListenersParts;
  readonly #opened: Listeners[] = [];

  constructor(parts: ListenersParts) {
    this.#parts = parts;
  }

  /** Whoever opens it closes it. Throws `ListenerError`. */
  async open(
    { port, ...listener }: ListenersOptions & Pick<PortBinding, "port">,
    protocol: Protocol,
  ): Promise<AsyncDisposable> {
    const listeners = await openListeners({ ...listener, limits }, [{ protocol, port }], this.#parts);
    this.#opened.push(listeners);
    return listeners;
  }

  /** Of each protocol, by its name. */
  get urls(): Listeners["urls"] {
    return Object.assign({}, ...this.#opened.map(({ urls }) => urls));
  }

  /** Of what each protocol shows now, by its name. */
  certificateEnds(): Readonly<Record<string, Date>> {
    return Object.assign({}, ...this.#opened.map((listeners) => listeners.certificateEnds()));
  }
}
