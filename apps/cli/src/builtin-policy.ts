// What `evidence verify` goes by where no policy is given: genuine, patched hardware of whatever measurement.
import type { AppraisalPolicy, Claims, ReferenceValue } from "@sealserve/attestation";

const builtinPolicyName = "built-in: genuine and UpToDate hardware, measurements not compared";

/**
 * Takes the measurements from the evidence itself, so that they say nothing; every other rule is the strictest. Simulated hardware passes
 * only where its root was named on the command line.
 */
export function builtinPolicy(claims: Claims, simulatedRoots: readonly string[]): AppraisalPolicy {
  return {
    name: builtinPolicyName,
    references: [referenceOf(claims)],
    tcbStatuses: ["UpToDate"],
    advisories: [],
    graceDays: 0,
    hardwareIds: null,
    simulatedRoots,
  };
}

function referenceOf(claims: Claims): ReferenceValue {
  const name = "the evidence itself";
  switch (claims.tee) {
    case "sgx":
      return { tee: "sgx", name, mrEnclave: [claims.mrEnclave] };
    case "tdx":
      return { tee: "tdx", name, mrTd: [claims.mrTd] };
    case "snp":
      return { tee: "snp", name, measurement: [claims.measurement], minTcb: {} };
  }
}
