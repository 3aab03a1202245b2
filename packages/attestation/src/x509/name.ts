// The common name within a distinguished name, for people and for the checks that Intel prescribes.
import { type Bytes, textOf } from "@sealserve/primitives";
import { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";

const longest = 128;

/** Empty where there is none. "ambiguous" where there are two. Throws `DerError` if `name` is not a Name. */
export function commonNameOf(name: Bytes): string {
  const outer = new DerReader(name);
  const parts = outer.inside();
  outer.end();
  let found = "";
  while (!parts.atEnd) {
    const set = parts.inside(tag.set);
    while (!set.atEnd) {
      const attribute = set.inside();
      const oid = attribute.oid();
      const kind = attribute.peek() ?? 0;
      const value = attribute.content(kind);
      attribute.end();
      // A second one leaves it open which of them counts: then none does.
      if (oid === "2.5.4.3") found = found === "" ? printable(value) : "ambiguous";
    }
  }
  return found;
}

/** Names end up in logs: no control characters, no endless ones. */
function printable(value: Bytes): string {
  return textOf(value.subarray(0, longest)).replaceAll(/[^ -~]/g, "?");
}
