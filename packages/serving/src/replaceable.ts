// A servable whose inside is exchanged while it serves, such as for one with more instances.
import type { Servable } from "./servable.ts";

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
  async function* streamOfNow(...args: Parameters<InferStream>) {
    yield* inside.stream(...args);
  }
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
      this.#leave();
    }
  }

  async *stream(...args: Parameters<InferStream>) {
    this.#users++;
    try {
      yield* this.servable.inferStream?.(...args) ?? [];
    } finally {
      this.#leave();
    }
  }

  async unused(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#unused = resolve));
  }

  #leave(): void {
    this.#users--;
    if (this.#users === 0) this.#unused?.();
  }
}
