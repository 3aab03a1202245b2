// JSON in the one form that can be hashed (RFC 8785, JSON Canonicalization Scheme).

/**
 * Members in the order of their UTF-16 code units, no white space, numbers and strings as ECMAScript writes them. Throws `TypeError` on
 * what JSON cannot say: undefined in an array, functions, numbers without end, text with a lone surrogate.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new TypeError("text with a lone surrogate has no canonical form");
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("only finite numbers have a canonical form");
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
      return canonicalObject(value as Readonly<Record<string, unknown>>);
    default:
      throw new TypeError(`${typeof value} has no canonical form`);
  }
}

/** Members that are undefined are left out, as `JSON.stringify` does. */
function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${canonicalJson(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(",")}}`;
}
