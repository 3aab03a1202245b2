// The kinds of value that a policy file may hold; each takes one exact form and refuses all others.
import type { PolicyFault } from "./policy-error.ts";

/** Reads a value found at `key`. A value of another form adds to `faults` and becomes `blank`, which nobody uses then. */
export interface FieldKind<T> {
  readonly blank: T;
  read(value: unknown, key: string, faults: PolicyFault[]): T;
}

/** One to 128 printable characters. */
export const name: FieldKind<string> = {
  blank: "",
  read(value, key, faults) {
    // Names go into logs and tokens.
    if (typeof value === "string" && /^[\p{L}\p{N}\p{P}\p{S} ]{1,128}$/u.test(value)) return value;
    return fault(this.blank, faults, key, "a text of 1 to 128 printable characters", value);
  },
};

/** An integer from `least` to `most`. */
export function count(most: number, least = 0): FieldKind<number> {
  return {
    blank: least,
    read(value, key, faults) {
      if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
      return fault(this.blank, faults, key, `an integer from ${least} to ${most}`, value);
    },
  };
}

/** Hex of one of these numbers of digits: in lower case and whole, so that equal text is equal bytes. */
export function hex(...digits: readonly number[]): FieldKind<string> {
  return {
    blank: "",
    read(value, key, faults) {
      if (typeof value === "string" && digits.includes(value.length) && /^[0-9a-f]*$/.test(value)) return value;
      const hint = typeof value === "number" ? " (in YAML, put quotes around it)" : "";
      return fault(this.blank, faults, key, `${digits.join(" or ")} hex digits in lower case${hint}`, value);
    },
  };
}

export const flag: FieldKind<boolean> = {
  blank: false,
  read(value, key, faults) {
    return typeof value === "boolean" ? value : fault(this.blank, faults, key, "true or false", value);
  },
};

export function choice<const T extends string>(allowed: readonly T[]): FieldKind<T> {
  const [first] = allowed;
  if (first === undefined) throw new RangeError("a choice needs something to choose from");
  return {
    blank: first,
    read(value, key, faults) {
      const found = allowed.find((one) => one === value);
      return found ?? fault(this.blank, faults, key, `one of ${allowed.join(", ")}`, value);
    },
  };
}

/** A text of this pattern. */
export function pattern(form: RegExp, expected: string): FieldKind<string> {
  return {
    blank: "",
    read(value, key, faults) {
      if (typeof value === "string" && form.test(value)) return value;
      return fault(this.blank, faults, key, expected, value);
    },
  };
}

/** At most 4096 values, none of them twice. */
export function listOf<T>(kind: FieldKind<T>): FieldKind<readonly T[]> {
  return {
    blank: [],
    read(value, key, faults) {
      if (!Array.isArray(value) || value.length > 4096) return fault(this.blank, faults, key, "a list", value);
      const seen = new Set<unknown>();
      return value.map((entry, index) => {
        const here = `${key}[${index}]`;
        // Two equal entries are a slip of who edited the file; the second was meant to be another.
        if (typeof entry !== "object" && seen.has(entry)) fault(null, faults, here, "there only once", entry);
        seen.add(entry);
        return kind.read(entry, here, faults);
      });
    },
  };
}

export function orNull<T>(kind: FieldKind<T>): FieldKind<T | null> {
  return {
    blank: null,
    read: (value, key, faults) => (value === null ? null : kind.read(value, key, faults)),
  };
}

/** Notes that what is at `key` is not what it must be. */
export function fault<T>(blank: T, faults: PolicyFault[], key: string, expected: string, found: unknown): T {
  faults.push({ key, problem: `must be ${expected}; found ${shown(found)}` });
  return blank;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "keys with values";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
}
