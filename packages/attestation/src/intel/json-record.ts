// Reads the fields of a JSON object by name and type, and refuses what was not asked for.
import { CollateralError } from "../collateral-error.ts";
import { fromHex } from "../hex.ts";

/** Every method throws {@link CollateralError} `malformed` that names the field. */
export class JsonRecord {
  readonly #what: string;
  readonly #fields: Map<string, unknown>;

  constructor(what: string, value: unknown) {
    this.#what = what;
    this.#fields = new Map();
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail("not an object");
    this.#fields = new Map(Object.entries(value));
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** An integer from 0 to `limit`. */
  integer(name: string, limit: number): number {
    const value = this.#take(name);
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > limit) {
      this.fail(`'${name}' is no whole number from 0 to ${limit}`);
    }
    return value;
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== "string") this.fail(`'${name}' is no text`);
    return value;
  }

  /** One of `allowed`; null if it is another text. */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const value = this.text(name);
    return allowed.find((known) => known === value) ?? null;
  }

  /** `length` bytes in hex of either case. */
  bytes(name: string, length: number): Uint8Array {
    return fromHex(this.text(name), length) ?? this.fail(`'${name}' is not ${length} bytes in hex`);
  }

  /** Milliseconds since 1970 of "2025-06-19T10:56:11Z"; no other form. */
  date(name: string): number {
    const value = this.text(name);
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) ? Date.parse(value) : Number.NaN;
    // What does not exist, such as 31 June, would come back as another day.
    if (Number.isNaN(time) || new Date(time).toISOString() !== value.replace("Z", ".000Z"))
      this.fail(`'${name}' is no date`);
    return time;
  }

  record(name: string): JsonRecord {
    return new JsonRecord(`${this.#what}: ${name}`, this.#take(name));
  }

  /** An array of at most `limit` objects. */
  records(name: string, limit: number): JsonRecord[] {
    return this.#array(name, limit).map((value, i) => new JsonRecord(`${this.#what}: ${name}[${i}]`, value));
  }

  /** An array of at most `limit` texts. */
  texts(name: string, limit: number): string[] {
    return this.#array(name, limit).map((value) =>
      typeof value === "string" ? value : this.fail(`'${name}' holds no texts`),
    );
  }

  /** Refuses fields that nobody took. */
  end(): void {
    const [left] = this.#fields.keys();
    if (left !== undefined) this.fail(`unknown field ${JSON.stringify(left.slice(0, 64))}`);
  }

  fail(problem: string): never {
    throw new CollateralError("malformed", { what: this.#what, problem });
  }

  #array(name: string, limit: number): unknown[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length > limit) this.fail(`'${name}' is no array of at most ${limit}`);
    return value;
  }

  #take(name: string): unknown {
    if (!this.#fields.has(name)) this.fail(`'${name}' is missing`);
    const value = this.#fields.get(name);
    this.#fields.delete(name);
    return value;
  }
}
