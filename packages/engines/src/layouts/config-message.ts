// Reads the fields of a parsed configuration message by name and type, and knows which nobody has read.
import { LayoutError } from "../layout-error.ts";
import type { TextField, TextMessage, TextScalar, TextValue } from "./protobuf-text.ts";

const empty: TextMessage = { kind: "message", fields: [] };

/** What to do instead, by the name of a field that is known and not supported. */
export type UnsupportedFields = Readonly<Record<string, string>>;

/**
 * Every method marks its field as read; `finish` then refuses the others, so that no setting is passed over in silence.
 * Throws `config-value` for a value of another type, and for a second value where there may be one.
 */
export class ConfigMessage {
  readonly location: string;
  readonly #path: string;
  readonly #fields: readonly TextField[];
  readonly #read = new Set<string>();

  constructor(location: string, message: TextMessage | null, path = "") {
    this.location = location;
    this.#path = path;
    this.#fields = (message ?? empty).fields;
  }

  has(name: string): boolean {
    return this.#fields.some((field) => field.name === name);
  }

  string(name: string): string | null {
    const value = this.#single(name);
    return value === null ? null : this.#scalar(name, value, "string", "a string").value;
  }

  strings(name: string): string[] {
    return this.#all(name).map((value) => this.#scalar(name, value, "string", "a string").value);
  }

  /** An enum value by its name. */
  word(name: string): string | null {
    const value = this.#single(name);
    return value === null ? null : this.#scalar(name, value, "word", "a name such as TYPE_FP32").value;
  }

  boolean(name: string): boolean {
    const value = this.#single(name);
    if (value === null) return false;
    if (value.kind === "word" && /^(?:true|True|t)$/.test(value.value)) return true;
    if (value.kind === "word" && /^(?:false|False|f)$/.test(value.value)) return false;
    if (value.kind === "number" && /^[01]$/.test(value.value)) return value.value === "1";
    throw this.refused(name, "true or false", described(value));
  }

  integer(name: string): number | null {
    const value = this.#single(name);
    return value === null ? null : this.#integer(name, value);
  }

  integers(name: string): number[] {
    return this.#all(name).map((value) => this.#integer(name, value));
  }

  /** As `integer`, and refuses what is less than `least`. */
  count(name: string, least: number): number | null {
    const value = this.integer(name);
    if (value !== null && value < least) throw this.refused(name, `at least ${least}`, String(value));
    return value;
  }

  message(name: string): ConfigMessage | null {
    const value = this.#single(name);
    return value === null ? null : this.#message(name, value);
  }

  messages(name: string): ConfigMessage[] {
    return this.#all(name).map((value, i) => this.#message(`${name}[${i}]`, value));
  }

  /** A map field: messages of `key` and `value`. */
  map(name: string): ReadonlyMap<string, ConfigMessage> {
    const entries = this.messages(name).map((entry) => {
      const key = entry.string("key") ?? "";
      const value = entry.message("value") ?? new ConfigMessage(this.location, null);
      entry.finish();
      return [key, value] as const;
    });
    return new Map(entries);
  }

  /** Refuses what was not read: `config-unsupported` where `unsupported` knows the field, else `config-value`. */
  finish(unsupported: UnsupportedFields = {}): void {
    for (const { name, line, column } of this.#fields) {
      if (this.#read.has(name)) continue;
      if (Object.hasOwn(unsupported, name)) throw this.unsupported(name, unsupported[name] ?? "");
      throw this.refused(name, "left out", `at ${line}:${column} and no field of this message`);
    }
  }

  refused(name: string, expected: string, found: string): LayoutError {
    return new LayoutError("config-value", { location: this.location, field: this.#path + name, expected, found });
  }

  unsupported(name: string, instead: string): LayoutError {
    return new LayoutError("config-unsupported", { location: this.location, field: this.#path + name, instead });
  }

  #all(name: string): TextValue[] {
    this.#read.add(name);
    return this.#fields.filter((field) => field.name === name).map((field) => field.value);
  }

  #single(name: string): TextValue | null {
    const [value = null, second] = this.#all(name);
    if (second !== undefined) throw this.refused(name, "given once", "given more than once");
    return value;
  }

  #scalar(name: string, value: TextValue, kind: TextScalar["kind"], expected: string): TextScalar {
    if (value.kind !== kind) throw this.refused(name, expected, described(value));
    return value;
  }

  #message(name: string, value: TextValue): ConfigMessage {
    if (value.kind !== "message") throw this.refused(name, "a message in { }", described(value));
    return new ConfigMessage(this.location, value, `${this.#path}${name}.`);
  }

  #integer(name: string, value: TextValue): number {
    const expected = "a whole number";
    const text = this.#scalar(name, value, "number", expected).value;
    const [, sign = "", digits = ""] = /^(-?)(\d+|0[xX][0-9A-Fa-f]+)$/.exec(text) ?? [];
    const octal = /^0[0-7]+$/.test(digits);
    const number = digits === "" ? Number.NaN : Number(octal ? `0o${digits}` : digits) * (sign ? -1 : 1);
    if (!Number.isSafeInteger(number)) throw this.refused(name, expected, text);
    return number;
  }
}

function described(value: TextValue): string {
  return value.kind === "message" ? "a message" : JSON.stringify(value.value.slice(0, 100));
}
