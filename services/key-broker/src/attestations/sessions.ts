// Who has asked for a nonce and may now attest, and who has attested: in memory, bounded, each for a short time.
import type { TeeKind } from "@sealserve/attestation";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";

/** Whose policy for which model is to judge; model null: any of the tenant's. */
export interface Scope {
  readonly tenant: string;
  readonly model: string | null;
}

export interface Session {
  readonly nonce: string;
  readonly tee: TeeKind;
  readonly scope: Scope;
}

interface Timed<T> {
  readonly value: T;
  /** By the clock that never goes back. */
  readonly until: number;
}

export interface SessionsOptions {
  readonly maxSessions: number;
  /** Milliseconds. */
  readonly sessionLifetime: number;
  readonly tokenLifetime: number;
}

export interface SessionsParts {
  readonly now: () => number;
  readonly randomness: (length: number) => Uint8Array;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #parts: SessionsParts;
  readonly #open = new Map<string, Timed<Session>>();
  readonly #attested = new Map<string, Timed<string>>();

  constructor(options: SessionsOptions, parts: SessionsParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Sessions that may attest, and those that have. */
  get size(): number {
    return this.#open.size + this.#attested.size;
  }

  begin(tee: TeeKind, scope: Scope): { readonly id: string; readonly nonce: string } {
    const { randomness } = this.#parts;
    const id = Buffer.from(randomness(16)).toString("hex");
    const nonce = Buffer.from(randomness(32)).toString("base64");
    this.#keep(this.#open, id, { nonce, tee, scope }, this.#options.sessionLifetime);
    return { id, nonce };
  }

  /** The session, which is over: its nonce serves once, whatever comes of it. Throws `session-refused`. */
  take(id: string | null): Session {
    const found = id === null ? undefined : this.#open.get(id);
    if (id !== null) this.#open.delete(id);
    if (!found || found.until <= this.#parts.now()) throw new KeyBrokerError("session-refused", {});
    return found.value;
  }

  /** From now on the session's cookie stands for `token`. */
  attested(id: string, token: string): void {
    this.#keep(this.#attested, id, token, this.#options.tokenLifetime);
  }

  /** Null where the session has not attested, or long ago. */
  token(id: string | null): string | null {
    const found = id === null ? undefined : this.#attested.get(id);
    return found && found.until > this.#parts.now() ? found.value : null;
  }

  /** Those that have ended go, and the oldest where there are too many: all in one map live equally long, so they come in that order. */
  #keep<T>(map: Map<string, Timed<T>>, id: string, value: T, lifetime: number): void {
    const now = this.#parts.now();
    for (const [old, { until }] of map) {
      if (until > now && map.size < this.#options.maxSessions) break;
      map.delete(old);
    }
    map.set(id, { value, until: now + lifetime });
  }
}
