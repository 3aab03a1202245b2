// Reads an appraisal policy from the data of a YAML or JSON file: exactly what it may say, or nothing of it.
import type { AppraisalPolicy } from "../appraisal-policy.ts";
import { type TcbStatus, tcbStatuses } from "../tcb-status.ts";
import { reference } from "./parse-reference.ts";
import { PolicyError, type PolicyFault } from "./policy-error.ts";
import { choice, count, hex, listOf, name, orNull, pattern } from "./policy-fields.ts";
import { PolicyRecord } from "./policy-record.ts";

const keys = [
  ...["name", "references", "tcbStatuses", "advisories", "graceDays", "maxCollateralAgeDays", "hardwareIds"],
  "simulatedRoots",
];

/** Revoked cannot be named: no policy accepts it. */
const acceptable = tcbStatuses.filter((status): status is Exclude<TcbStatus, "Revoked"> => status !== "Revoked");

/** PIID or PPID of a PCK certificate (16 bytes), chip id of SEV-SNP (64 bytes). */
const hardwareId = hex(32, 128);

/**
 * A policy from parsed YAML or JSON. What is left out is refused or takes its strictest value: no advisories, no grace, no simulated
 * roots. Without `maxCollateralAgeDays` collateral may be as old as its window allows. `hardwareIds` must be said: a list, or null for any genuine hardware. Throws `PolicyError` `policy-malformed` with all faults:
 * unknown keys, missing keys, other forms or widths, entries that are there twice.
 */
export function parsePolicy(data: unknown): AppraisalPolicy {
  const faults: PolicyFault[] = [];
  const record = new PolicyRecord(data, "", keys, faults);
  const policy = {
    name: record.required("name", name),
    references: record.required("references", listOf(reference)),
    tcbStatuses: record.required("tcbStatuses", listOf(choice(acceptable))),
    advisories: [],
    graceDays: 0,
    hardwareIds: record.required("hardwareIds", orNull(listOf(hardwareId))),
    simulatedRoots: [],
    ...record.optional("advisories", listOf(pattern(/^INTEL-(SA|DOC)-\d{5}$/, "an advisory such as INTEL-SA-00615"))),
    ...record.optional("graceDays", count(365)),
    ...record.optional("maxCollateralAgeDays", count(365, 1)),
    ...record.optional("simulatedRoots", listOf(hex(64))),
  };
  const names = policy.references.map((one) => one.name);
  for (const [index, one] of names.entries()) {
    if (names.indexOf(one) < index)
      faults.push({ key: `references[${index}].name`, problem: `'${one}' is there twice` });
  }
  if (faults.length > 0) throw new PolicyError("policy-malformed", { what: "appraisal policy", faults });
  return policy;
}
