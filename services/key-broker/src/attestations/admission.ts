// Who is let in: what exceeds the limits is answered 429, and told to the log now and then, not each time.
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { SampledWarning, type SampledWarningParts } from "../operations/sampled-warning.ts";
import { AddressLimit, type AddressLimitOptions } from "./rate-limit.ts";

/** Requests that came over no network are of the process itself. */
export const nowhere = "local";

export class Admission {
  readonly #limit: AddressLimit;
  readonly #warning: SampledWarning;

  constructor(options: AddressLimitOptions, parts: SampledWarningParts) {
    this.#limit = new AddressLimit(options, parts);
    this.#warning = new SampledWarning("requests exceed the rate and are refused", parts);
  }

  /** Throws `too-many-requests`. */
  admit(address: string = nowhere): void {
    const wait = this.#limit.admit(address);
    if (wait === 0) return;
    this.#warning.tell({ latest: address });
    throw new KeyBrokerError("too-many-requests", { retryAfter: Math.ceil(wait) });
  }
}
