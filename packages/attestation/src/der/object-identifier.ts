// The dotted form of an OBJECT IDENTIFIER.
import type { Bytes } from "@sealserve/primitives";
import { DerError } from "./der-error.ts";

/** Throws {@link DerError} for arcs that are not minimal, not complete, or above 2^53. `at`: where it stands, for the error. */
export function readObjectIdentifier(content: Bytes, at: number): string {
  const last = content.at(-1);
  if (last === undefined || last > 0x7f) throw new DerError(at, "an object identifier that ends within an arc");
  let dotted = "";
  let arc = 0;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw new DerError(at, "an arc that is not minimal");
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerError(at, "an arc that is too large");
    fresh = byte <= 0x7f;
    if (!fresh) continue;
    dotted += dotted === "" ? firstArcs(arc) : `.${arc}`;
    arc = 0;
  }
  return dotted;
}

/** The first two arcs share a number. */
function firstArcs(value: number): string {
  const first = Math.min(2, Math.floor(value / 40));
  return `${first}.${value - 40 * first}`;
}
