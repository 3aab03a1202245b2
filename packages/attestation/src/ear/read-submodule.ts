// Reads what a signed token says of the CPU's TEE; the signature does not make its form right.
import type { AttestationResult } from "../attestation-result.ts";
import { type TcbStatus, tcbStatuses } from "../tcb-status.ts";
import { cpuSubmodule, type EarStatus, evidenceClaim, resultClaim } from "./ear-claims.ts";
import { EarError } from "./ear-error.ts";

type Members = Readonly<Record<string, unknown>>;

export interface ReadSubmodule {
  readonly status: EarStatus;
  readonly result: AttestationResult;
  readonly runtimeData: Members | null;
}

/** Throws `EarError` `malformed`. */
export function readSubmodule(payload: Members): ReadSubmodule {
  const submodule = members(members(payload, "submods"), cpuSubmodule);
  const evidence = members(submodule, evidenceClaim);
  const runtimeData = "runtime_data_claims" in evidence ? members(evidence, "runtime_data_claims") : null;
  return {
    status: readStatus(submodule["ear.status"]),
    result: readResult(members(submodule, resultClaim)),
    runtimeData,
  };
}

function readStatus(value: unknown): EarStatus {
  switch (value) {
    case "none":
    case "affirming":
    case "warning":
    case "contraindicated":
      return value;
    default:
      throw malformed("ear.status is not known");
  }
}

/** The issuer wrote it from the same type; what decides is checked, the claims are taken as it says them. */
function readResult(value: Members): AttestationResult {
  const root = members(value, "root");
  const claims = members(value, "claims");
  const status = tcbStatuses.find((one) => one === value["tcbStatus"]);
  const notAfter = new Date(text(value, "notAfter"));
  const evaluation = value["tcbEvaluationDataNumber"];
  if (status === undefined) throw malformed("tcbStatus is not known");
  if (Number.isNaN(notAfter.getTime())) throw malformed("notAfter is no date");
  if (evaluation !== null && typeof evaluation !== "number") throw malformed("tcbEvaluationDataNumber is no number");
  if (!["sgx", "tdx", "snp"].includes(text(claims, "tee"))) throw malformed("tee is not known");
  if (typeof claims["debug"] !== "boolean" || text(claims, "reportData").length !== 128) throw malformed("claims");
  return {
    claims: claims as unknown as AttestationResult["claims"],
    tcbStatus: status satisfies TcbStatus,
    advisories: texts(value, "advisories"),
    root: { name: text(root, "name"), sha256: text(root, "sha256"), simulated: root["simulated"] !== false },
    policy: text(value, "policy"),
    reference: text(value, "reference"),
    tcbEvaluationDataNumber: evaluation,
    notAfter,
  };
}

function members(value: Members, key: string): Members {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as Members;
  throw malformed(`${key} is missing`);
}

function text(value: Members, key: string): string {
  const found = value[key];
  if (typeof found === "string") return found;
  throw malformed(`${key} is not a text`);
}

function texts(value: Members, key: string): readonly string[] {
  const found = value[key];
  if (Array.isArray(found) && found.every((one) => typeof one === "string")) return found;
  throw malformed(`${key} is not a list of texts`);
}

function malformed(problem: string): EarError {
  return new EarError("malformed", { problem });
}
