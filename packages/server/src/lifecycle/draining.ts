// The end of a process in good order: it says that it goes, gives the others time to hear it, and then lets go of its connections.
import type { HttpReply, Protocol, RouteHandler } from "@sealserve/protocols";
import type { Clock } from "@sealserve/serving";

export class Draining {
  readonly #clock: Clock;
  #begun = false;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Fulfilled once `delay` milliseconds have gone in which the others could hear of it. */
  begin(delay: number): Promise<void> {
    this.#begun = true;
    if (delay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#clock.setTimer(delay, resolve));
  }

  /** The protocol as before, but that each reply closes its connection once draining has begun. */
  watch(protocol: Protocol): Protocol {
    const end = (reply: HttpReply): HttpReply => (this.#begun ? closing(reply) : reply);
    const handlers = protocol.handlers.map(
      (handler): RouteHandler => ({
        ...handler,
        handle: async (request, captured, signal) => end(await handler.handle(request, captured, signal)),
      }),
    );
    return { ...protocol, handlers, refuse: (error) => end(protocol.refuse(error)) };
  }
}

/** The reply, after which the connection is closed. */
export function closing(reply: HttpReply): HttpReply {
  return { ...reply, headers: { ...reply.headers, connection: "close" } };
}
