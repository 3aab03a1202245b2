// Reads a record of a policy file by its known keys; a key that is not known refuses the whole file.
import type { PolicyFault } from "./policy-error.ts";
import { type FieldKind, fault } from "./policy-fields.ts";

export class PolicyRecord {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #path: string;
  readonly #faults: PolicyFault[];

  /** Own keys only: nothing is looked up along a prototype, and `__proto__` is a key that is not known. */
  constructor(value: unknown, path: string, known: readonly string[], faults: PolicyFault[]) {
    this.#path = path;
    this.#faults = faults;
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isRecord) fault(null, faults, path || "the file", `a record with ${known.join(", ")}`, value);
    this.#values = new Map(isRecord ? Object.entries(value) : []);
    for (const key of this.#values.keys()) {
      if (!known.includes(key))
        faults.push({ key: this.#at(key), problem: `is not known; known are ${known.join(", ")}` });
    }
  }

  required<T>(key: string, kind: FieldKind<T>): T {
    if (this.#values.has(key)) return kind.read(this.#values.get(key), this.#at(key), this.#faults);
    this.#faults.push({ key: this.#at(key), problem: "is missing" });
    return kind.blank;
  }

  /** A record with `key`, or an empty one where the file leaves it out. */
  optional<const K extends string, T>(key: K, kind: FieldKind<T>): { readonly [P in K]?: T } {
    if (!this.#values.has(key)) return {};
    return { [key]: kind.read(this.#values.get(key), this.#at(key), this.#faults) } as { readonly [P in K]?: T };
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  #at(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }
}
