// Whether a TD is out of date only because it was launched before its platform was patched.
import type { TcbStatus } from "../tcb-status.ts";
import type { TcbInfo } from "./tcb-info.ts";
import { findModuleIdentity } from "./tdx-module.ts";

export interface LaunchState {
  /** Of the platform's SGX level, and of its TDX level converged with the module's. */
  readonly sgx: TcbStatus;
  readonly tdx: TcbStatus;
  /** Whether the module that launched the TD is OutOfDate. */
  readonly moduleOutOfDate: boolean;
  readonly qeUpToDate: boolean;
  /** Of the module and loader that run now (TD 1.5). */
  readonly current: Uint8Array;
}

const patched: ReadonlySet<TcbStatus> = new Set<TcbStatus>([
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
]);

/**
 * `state.tdx`, or TDRelaunchAdvised where the module that runs now reaches the newest level (Intel's rule for TD 1.5).
 * Throws `EvidenceError` `tdx-module-mismatch` if the collateral does not know that module.
 */
export function adviseRelaunch(tcbInfo: TcbInfo, state: LaunchState): TcbStatus {
  const outdated = state.tdx === "OutOfDate" || state.tdx === "OutOfDateConfigurationNeeded";
  const launchedBefore = state.qeUpToDate && patched.has(state.sgx) && outdated && state.moduleOutOfDate;
  if (!launchedBefore || !reachesNewest(tcbInfo, state.current)) return state.tdx;
  const configuration = [state.sgx, state.tdx].some((status) => status.includes("Configuration"));
  return configuration ? "TDRelaunchAdvisedConfigurationNeeded" : "TDRelaunchAdvised";
}

function reachesNewest(tcbInfo: TcbInfo, current: Uint8Array): boolean {
  const [svn = 0, major = 0, loader = 0] = current;
  const newest = tcbInfo.levels[0]?.tdx;
  const module = major === 0 ? newest?.[0] : findModuleIdentity(tcbInfo, major).levels[0]?.isvSvn;
  const leastLoader = newest?.[2];
  return module !== undefined && leastLoader !== undefined && svn >= module && loader >= leastLoader;
}
