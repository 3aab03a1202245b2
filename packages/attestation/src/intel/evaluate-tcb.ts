// The TCB status of verified evidence, with the advisories that come with it.
import type { TcbStatus } from "../tcb-status.ts";
import { converge } from "./converge.ts";
import { matchTcbLevels } from "./match-tcb-level.ts";
import type { PckExtension } from "./pck-extension.ts";
import type { Quote } from "./quote.ts";
import { adviseRelaunch } from "./relaunch.ts";
import type { SvnLevel, TcbInfo } from "./tcb-info.ts";
import { findModuleIdentity, matchTdxModule } from "./tdx-module.ts";

export interface TcbVerdict {
  readonly tcbStatus: TcbStatus;
  readonly advisories: readonly string[];
  /** Since when the first of its parts is out of date: the date of the next level. null: none is, or of one that is no date is known. */
  readonly outOfDateSince: Date | null;
}

/** Throws `EvidenceError`: `tcb-not-supported`, `tdx-module-mismatch`. */
export function evaluateTcb(quote: Quote, pck: PckExtension, tcbInfo: TcbInfo, qe: Matched): TcbVerdict {
  const { body } = quote;
  const teeTcbSvn = body.tee === "tdx" ? body.teeTcbSvn : null;
  const { sgx, platform } = matchTcbLevels(tcbInfo.levels, pck, teeTcbSvn);
  const parts: Part[] = [{ level: platform, levels: tcbInfo.levels }, qe];
  let status = platform.status;
  if (body.tee === "tdx") {
    const module = matchTdxModule(tcbInfo, body);
    if (module) {
      status = converge(status, module.status);
      parts.push({ level: module, levels: findModuleIdentity(tcbInfo, body.teeTcbSvn[1] ?? 0).levels });
    }
    if (body.current) {
      status = adviseRelaunch(tcbInfo, {
        sgx: sgx.status,
        tdx: status,
        moduleOutOfDate: module?.status === "OutOfDate",
        qeUpToDate: qe.level.status === "UpToDate",
        current: body.current.teeTcbSvn,
      });
    }
  }
  const since = parts.filter(({ level }) => level.status.startsWith("OutOfDate")).map(nextDate);
  return {
    tcbStatus: converge(status, qe.level.status),
    advisories: [...new Set(parts.flatMap(({ level }) => level.advisories))].sort(),
    outOfDateSince: since.length > 0 && since.every(Number.isFinite) ? new Date(Math.min(...since)) : null,
  };
}

/** Of the platform, the module or the quoting enclave: the level that it reaches, and all that there are. */
interface Part {
  readonly level: Level;
  readonly levels: readonly Level[];
}

/** The same of the quoting enclave. */
export interface Matched {
  readonly level: SvnLevel;
  readonly levels: readonly SvnLevel[];
}

interface Level {
  readonly date: number;
  readonly status: TcbStatus;
  readonly advisories: readonly string[];
}

/** Date of the level after `level`; Infinity if it is the newest. */
function nextDate({ level, levels }: Part): number {
  return Math.min(...levels.map(({ date }) => date).filter((date) => date > level.date));
}
