// The tokens of one administrator that were used at this broker and have not expired yet, so that none is used twice.
import { KeyBrokerError } from "@sealserve/protocols/key-broker";

export interface UsedTokensOptions {
  /** At most as many; one more is refused, for forgetting one would let it in again. */
  readonly entries: number;
}

export class UsedTokens {
  readonly #entries: number;
  readonly #until = new Map<string, number>();

  constructor({ entries }: UsedTokensOptions) {
    this.#entries = entries;
  }

  /** `now`, `until`: seconds since 1970. Throws `admin-refused` `token-replayed`, and `too-many-requests`. */
  use(id: string, { now, until }: { readonly now: number; readonly until: number }): void {
    if (this.#until.has(id)) throw new KeyBrokerError("admin-refused", { reason: "token-replayed" });
    if (this.#until.size >= this.#entries) this.#forgetExpired(now);
    if (this.#until.size >= this.#entries) throw new KeyBrokerError("too-many-requests", { retryAfter: 60 });
    this.#until.set(id, until);
  }

  #forgetExpired(now: number): void {
    for (const [id, until] of this.#until) if (until < now) this.#until.delete(id);
  }
}
