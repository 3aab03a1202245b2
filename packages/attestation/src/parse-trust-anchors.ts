// Reads trust anchors from the data of a JSON or YAML file: roots that somebody decided to trust beside the vendors' own.
import { PolicyError, type PolicyFault } from "./appraisal/policy-error.ts";
import { choice, type FieldKind, flag, hex, listOf, name } from "./appraisal/policy-fields.ts";
import { PolicyRecord } from "./appraisal/policy-record.ts";
import type { TrustAnchor } from "./trust-anchor.ts";

const keys = ["name", "vendor", "sha256", "simulated"];

const anchor: FieldKind<TrustAnchor> = {
  blank: { name: "", vendor: "intel", sha256: "", simulated: true },
  read(value, key, faults) {
    const record = new PolicyRecord(value, key, keys, faults);
    return {
      name: record.required("name", name),
      vendor: record.required("vendor", choice(["intel", "amd"])),
      sha256: record.required("sha256", hex(64)),
      simulated: record.required("simulated", flag),
    };
  },
};

/** One anchor, or a list of them; every key must be there. Throws `PolicyError` `policy-malformed` with all faults. */
export function parseTrustAnchors(data: unknown): readonly TrustAnchor[] {
  const faults: PolicyFault[] = [];
  const anchors = Array.isArray(data) ? listOf(anchor).read(data, "anchors", faults) : [anchor.read(data, "", faults)];
  if (faults.length > 0) throw new PolicyError("policy-malformed", { what: "trust anchors", faults });
  return anchors;
}
