// One status of several: what the platform, the TDX module and the quoting enclave are, together.
import type { TcbStatus } from "../tcb-status.ts";
import type { SvnStatus } from "./tcb-info.ts";

/** `status` of the platform, made worse by `other`, which is the module's or the quoting enclave's (Intel's convergence rules). */
export function converge(status: TcbStatus, other: SvnStatus): TcbStatus {
  switch (other) {
    case "UpToDate":
      return status;
    case "Revoked":
      return "Revoked";
    case "OutOfDate":
      return outOfDate[status] ?? status;
  }
}

/** What is not named here is out of date or worse already. */
const outOfDate: Readonly<Partial<Record<TcbStatus, TcbStatus>>> = {
  UpToDate: "OutOfDate",
  SWHardeningNeeded: "OutOfDate",
  ConfigurationNeeded: "OutOfDateConfigurationNeeded",
  ConfigurationAndSWHardeningNeeded: "OutOfDateConfigurationNeeded",
};
