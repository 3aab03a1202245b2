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
  if (countKeys(value) !== countWrittenKeys(text))
    throw new CollateralError("malformed", { what, problem: "a key twice" });
  return new JsonRecord(what, value);
}

function countWrittenKeys(text: string): number {
  let count = 0;
  for (const found of text.matchAll(stringToken)) if (found[1] !== undefined) count++;
  return count;
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
