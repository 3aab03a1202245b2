// The parts of TCB levels that TCB info and QE identity share.
import { CollateralError } from "../collateral-error.ts";
import { type TcbStatus, tcbStatuses } from "../tcb-status.ts";
import type { JsonRecord } from "./json-record.ts";
import type { SvnLevel, SvnStatus } from "./tcb-info.ts";

export const mostLevels = 1024;

const svnStatuses: readonly SvnStatus[] = ["UpToDate", "OutOfDate", "Revoked"];
const platformStatuses: readonly TcbStatus[] = tcbStatuses.filter((status) => !status.startsWith("TDRelaunch"));

/** Date, status and advisories of a level. Throws {@link CollateralError} `malformed` or `status-unknown`. */
function readVerdict<S extends TcbStatus>(
  what: string,
  level: JsonRecord,
  statuses: readonly S[],
): { readonly date: number; readonly status: S; readonly advisories: readonly string[] } {
  const date = level.date("tcbDate");
  const found = level.text("tcbStatus");
  const status = statuses.find((known) => known === found);
  if (status === undefined)
    throw new CollateralError("status-unknown", { what, found: found.slice(0, 64).replaceAll(/[^ -~]/g, "?") });
  const advisories = level.has("advisoryIDs") ? level.texts("advisoryIDs", mostLevels) : [];
  return { date, status, advisories };
}

export function readPlatformVerdict(what: string, level: JsonRecord): ReturnType<typeof readVerdict<TcbStatus>> {
  return readVerdict(what, level, platformStatuses);
}

/** Levels of an enclave or a TDX module, best first. */
export function readSvnLevels(what: string, of: JsonRecord): readonly SvnLevel[] {
  const levels = of.records("tcbLevels", mostLevels).map((level) => {
    const tcb = level.record("tcb");
    const isvSvn = tcb.integer("isvsvn", 0xffff);
    tcb.end();
    const verdict = readVerdict(what, level, svnStatuses);
    level.end();
    return { isvSvn, ...verdict };
  });
  return levels.sort((a, b) => b.isvSvn - a.isvSvn);
}
