// A servable whose inside is exchanged while it serves, such as for one with more instances.
import type { Servable } from "./servable.ts";
import { watchedStream } from "./watched-stream.ts";

export interface Replaceable {
  readonly servable: Servable;
  /** From now on `next` answers; fulfilled once nobody uses the one before any more. */
  replace(next: Servable): Promise<void>;
}

/** Whoever made an inside ends it. All of them stream, or none does. */
export function replaceable(first: Servable): Replaceable {
  let inside = new Inside(first);
  const outside: Servable = {
    infer: (request, signal) => {
      const { servable } = inside;
      return inside.during(() => servable.infer(request, signal));
    },
    metadata: () => inside.servable.metadata(),
  };
  // Asked of the inside that is there when its reader begins.
  const streamOfNow: InferStream = (...args) => {
    let user: Inside | null = null;
    return watchedStream({
      begin: () => {
        user = inside;
        return user.stream(...args);
      },
      over: () => user?.leave(),
    });
  };
  return {
    servable: first.inferStream ? { ...outside, inferStream: streamOfNow } : outside,
    replace(next) {
      const before = inside;
      inside = new Inside(next);
      return before.unused();
    },
  };
}

type InferStream = NonNullable<Servable["inferStream"]>;

class Inside {
  readonly servable: Servable;
  #users = 0;
  #unused: (() => void) | null = null;

  constructor(servable: Servable) {
    this.servable = servable;
  }

  async during<T>(act: () => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await act();
    } finally {
      this.leave();
    }
  }

  /** Its reader is a user until it leaves. */
  stream(...args: Parameters<InferStream>): ReturnType<InferStream> {
    this.#users++;
    if (!this.servable.inferStream) throw new TypeError("the one before streamed");
    return this.servable.inferStream(...args);
  }

  async unused(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#unused = resolve));
  }

  leave(): void {
    this.#users--;
    if (this.#users === 0) this.#unused?.();
  }
}
