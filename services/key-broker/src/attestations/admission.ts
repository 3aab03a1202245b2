// Who is let in: what exceeds the limits is answered 429, and told to the log now and then, not each time.
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import type { Logger } from "@sealserve/server";
import { AddressLimit, type AddressLimitOptions } from "./rate-limit.ts";

/** Milliseconds between two lines in the log. */
const tellEvery = 10_000;

/** Requests that came over no network are of the process itself. */
export const nowhere = "local";

export class Admission {
  readonly #limit: AddressLimit;
  readonly #parts: { readonly now: () => number; readonly logger: Logger };
  #refused = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: AddressLimitOptions, parts: { readonly now: () => number; readonly logger: Logger }) {
    this.#limit = new AddressLimit(options, parts);
    this.#parts = parts;
  }

  /** Throws `too-many-requests`. */
  admit(address: string = nowhere): void {
    const wait = this.#limit.admit(address);
    if (wait === 0) return;
    this.#tell(address);
    throw new KeyBrokerError("too-many-requests", { retryAfter: Math.ceil(wait) });
  }

  #tell(address: string): void {
    const { now, logger } = this.#parts;
    this.#refused++;
    if (now() - this.#toldAt < tellEvery) return;
    logger.warn("requests exceed the rate and are refused", { refused: this.#refused, latest: address });
    this.#refused = 0;
    this.#toldAt = now();
  }
}
