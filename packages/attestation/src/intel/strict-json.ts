// JSON documents that were signed: no key twice, and no field that is not known, so that everyone reads the same in them.
import { CollateralError } from "../collateral-error.ts";
import { JsonRecord } from "./json-record.ts";

const longest = 4 * 1024 * 1024;
// In valid JSON: a string, and whether it is a key.
const stringToken = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/** The object that `text` is. Throws {@link CollateralError} `too-large` or `malformed`. */
export function parseStrictJson(what: string, text: string): JsonRecord {
  if (text.length > longest) throw new CollateralError("too-large", { what, limit: longest });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CollateralError("malformed", { what, problem: "no JSON" }, error);
  }
  const keys = writtenKeys(text);
  // Nobody writes keys so, and V8 13.6 reads {"\"":1,"\"":1} as two different keys if it has seen {"\"":1,"\\":1} before.
  const plain = keys.every((key) => !key.includes("\\"));
  if (!plain) throw new CollateralError("malformed", { what, problem: "a key with an escape sequence" });
  if (countKeys(value) !== keys.length) throw new CollateralError("malformed", { what, problem: "a key twice" });
  return new JsonRecord(what, value);
}

/** Every key of `text`, as it is written. */
function writtenKeys(text: string): string[] {
  const keys: string[] = [];
  for (const [token, colon] of text.matchAll(stringToken)) if (colon !== undefined) keys.push(token);
  return keys;
}

/** Keys of `value` and of all within it. Not recursive: nesting is as deep as the sender likes. */
function countKeys(value: unknown): number {
  const open: unknown[] = [value];
  let count = 0;
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    const values: unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += values.length;
    for (const inner of values) open.push(inner);
  }
  return count;
}
