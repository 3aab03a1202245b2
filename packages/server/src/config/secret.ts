// A value that will not print: keys, tokens and passwords travel through configuration and logs as this.
import { inspect } from "node:util";

const printed = "[secret]";

/** Owns its bytes. However it is printed - as text, as JSON, by `console` or by an inspector - it says `[secret]`. */
export class Secret implements Disposable {
  readonly #bytes: Uint8Array;
  #wiped = false;
  /** The file that it was read from; null: none. */
  readonly file: string | null;

  /** `bytes` belong to the secret from now on: the caller keeps no other copy. */
  constructor(bytes: Uint8Array, file: string | null = null) {
    this.#bytes = bytes;
    this.file = file;
  }

  /** The bytes themselves, not a copy, so that they can be wiped. Throws after `wipe`. */
  reveal(): Uint8Array {
    if (this.#wiped) throw new Error("the secret has been wiped");
    return this.#bytes;
  }

  /** Overwrites the bytes with zeros. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  toString(): string {
    return printed;
  }

  toJSON(): string {
    return printed;
  }

  [inspect.custom](): string {
    return printed;
  }
}
