// Shapes of JSON values: strict readers that name the member at fault and never repeat what was found in it.
import { type Bytes, strictTextOf } from "@sealserve/primitives";
import { parseBase64, parseBase64Url } from "../http/base64.ts";
import { KeyBrokerError } from "./key-broker-error.ts";

/** Reads `value`, found at `at`. Throws `malformed-request`. */
export type Shape<T> = (value: unknown, at: string) => T;

export function fault(at: string, expected: string): KeyBrokerError<"malformed-request"> {
  return new KeyBrokerError("malformed-request", { problem: `${at} must be ${expected}` });
}

export function text(limit: number): Shape<string> {
  return (value, at) => {
    if (typeof value === "string" && value.length <= limit && value.isWellFormed()) return value;
    throw fault(at, `a text of at most ${limit} letters`);
  };
}

export function matching(pattern: RegExp, expected: string): Shape<string> {
  return (value, at) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw fault(at, expected);
  };
}

export function whole(least: number, most: number): Shape<number> {
  return (value, at) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw fault(at, `a whole number from ${least} to ${most}`);
  };
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Shape<T> {
  return (value, at) => {
    const found = allowed.find((each) => each === value);
    if (found !== undefined) return found;
    throw fault(at, `one of ${allowed.join(", ")}`);
  };
}

export const flag: Shape<boolean> = (value, at) => {
  if (typeof value === "boolean") return value;
  throw fault(at, "true or false");
};

/** Any value at all, which nobody looks at. */
export const unread: Shape<unknown> = (value) => value;

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null ? null : shape(value, at));
}

/** At most `limit` items. */
export function list<T>(item: Shape<T>, limit: number): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length > limit) throw fault(at, `a list of at most ${limit}`);
    return value.map((each, i) => item(each, `${at}[${i}]`));
  };
}

/** Canonical base64 of at most `limit` bytes. */
export function base64(limit: number, alphabet: "plain" | "url" = "plain"): Shape<Uint8Array<ArrayBuffer>> {
  return (value, at) => {
    const fits = typeof value === "string" && value.length <= Math.ceil(limit / 3) * 4;
    const bytes = fits ? (alphabet === "plain" ? parseBase64 : parseBase64Url)(value) : null;
    if (bytes && bytes.length <= limit) return bytes;
    throw fault(at, `base64${alphabet === "url" ? "url" : ""} of at most ${limit} bytes`);
  };
}

/** Any JSON object, its members unread. */
export const anyObject: Shape<Readonly<Record<string, unknown>>> = (value, at) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw fault(at, "an object");
};

type Fields = Readonly<Record<string, Shape<unknown>>>;
type Read<F extends Fields> = { readonly [K in keyof F]: F[K] extends Shape<infer T> ? T : never };

/** An object with all of `required`, any of `optional`, and nothing else. */
export function record<R extends Fields, const O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Shape<Read<R> & Partial<Read<O>>> {
  return (value, at) => {
    const given = anyObject(value, at);
    const unknown = Object.keys(given).find(
      (key) => !Object.hasOwn(required, key) && !Object.hasOwn(optional ?? {}, key),
    );
    if (unknown !== undefined) throw fault(at, `an object of ${Object.keys({ ...required, ...optional }).join(", ")}`);
    const read: [string, unknown][] = [];
    for (const [key, shape] of Object.entries(required)) {
      if (!Object.hasOwn(given, key)) throw fault(`${at}.${key}`, "given");
      read.push([key, shape(given[key], `${at}.${key}`)]);
    }
    for (const [key, shape] of Object.entries(optional ?? {})) {
      if (Object.hasOwn(given, key)) read.push([key, shape(given[key], `${at}.${key}`)]);
    }
    return Object.fromEntries(read) as Read<R> & Partial<Read<O>>;
  };
}

/** An object with all of `required` and any of `optional`; what else it has, a newer program wrote, and it is passed over. */
export function members<R extends Fields, const O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Shape<Read<R> & Partial<Read<O>>> {
  const exact = record(required, optional);
  const known = [...Object.keys(required), ...Object.keys(optional ?? {})];
  return (value, at) => {
    const given = anyObject(value, at);
    return exact(
      Object.fromEntries(known.filter((key) => Object.hasOwn(given, key)).map((key) => [key, given[key]])),
      at,
    );
  };
}

/** Throws `malformed-request`. */
export function readJson<T>(body: Bytes, shape: Shape<T>, at = "the body"): T {
  let value: unknown;
  try {
    value = JSON.parse(strictTextOf(body));
  } catch (error) {
    throw new KeyBrokerError("malformed-request", { problem: `${at} is not a JSON document` }, withoutText(error));
  }
  return shape(value, at);
}

/** The parser's own sentence repeats a part of the text. */
function withoutText(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
