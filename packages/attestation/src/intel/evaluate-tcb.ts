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
  /** Date of the oldest level that this platform does not reach, of those that made it OutOfDate; null where there is none. */
  readonly outOfDateSince: Date | null;
}

/** Throws `EvidenceError`: `tcb-not-supported`, `tdx-module-mismatch`. */
export function evaluateTcb(quote: Quote, pck: PckExtension, tcbInfo: TcbInfo, qe: Matched): TcbVerdict {
  const { body } = quote;
  const teeTcbSvn = body.tee === "tdx" ? body.teeTcbSvn : null;
  const { sgx, platform } = matchTcbLevels(tcbInfo.levels, pck, teeTcbSvn);
  const parts: { readonly level: Level; readonly levels: readonly Level[] }[] = [
    { level: platform, levels: tcbInfo.levels },
    qe,
  ];
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
  const since = Math.min(...parts.map(({ level, levels }) => outdatedSince(level, levels)));
  return {
    tcbStatus: converge(status, qe.level.status),
    advisories: [...new Set(parts.flatMap(({ level }) => level.advisories))].sort(),
    outOfDateSince: Number.isFinite(since) ? new Date(since) : null,
  };
}

/** The level of the quoting enclave, and all that there are. */
export interface Matched {
  readonly level: SvnLevel;
  readonly levels: readonly SvnLevel[];
}

interface Level {
  readonly date: number;
  readonly status: TcbStatus;
  readonly advisories: readonly string[];
}

/** Date of the level after `level`; Infinity where `level` is not out of date or the newest. */
function outdatedSince(level: Level, levels: readonly Level[]): number {
  if (!level.status.startsWith("OutOfDate")) return Number.POSITIVE_INFINITY;
  return Math.min(...levels.map(({ date }) => date).filter((date) => date > level.date));
}
