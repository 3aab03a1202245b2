// Names of subjects and issuers, encoded as the vendors encode theirs.
import type { Bytes } from "@sealserve/primitives";
import { oid, printableString, sequence, set, utf8String } from "../der/der-writer.ts";

const attributes = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  O: "2.5.4.10",
  OU: "2.5.4.11",
} as const;

/** In the order in which it is written. */
export type DistinguishedName = readonly (readonly [keyof typeof attributes, string])[];

/** The organisation in every name here: whoever prints a certificate sees that no vendor made it. */
const organisation = "Simulated hardware";

/** A name as Intel writes them. */
export function intelName(commonName: string): DistinguishedName {
  return [
    ["CN", commonName],
    ["O", organisation],
    ["L", "Santa Clara"],
    ["ST", "CA"],
    ["C", "US"],
  ];
}

/** A name as AMD writes them. */
export function amdName(commonName: string): DistinguishedName {
  return [
    ["OU", "Engineering"],
    ["C", "US"],
    ["L", "Santa Clara"],
    ["ST", "CA"],
    ["O", organisation],
    ["CN", commonName],
  ];
}

export function writeName(name: DistinguishedName): Bytes {
  return sequence(
    ...name.map(([attribute, value]) =>
      set(sequence(oid(attributes[attribute]), attribute === "C" ? printableString(value) : utf8String(value))),
    ),
  );
}
