// Which TCB levels a platform reaches.
import { EvidenceError } from "../evidence-error.ts";
import type { PckExtension } from "./pck-extension.ts";
import type { SvnLevel, TcbLevel } from "./tcb-info.ts";

export interface MatchedLevels {
  /** The best level that the platform's SGX components reach. */
  readonly sgx: TcbLevel;
  /** The best level that its TDX components reach too; for SGX, the same. */
  readonly platform: TcbLevel;
}

/**
 * `levels` best first; `teeTcbSvn` of the TD, null for SGX. The first two TDX components are the module's own, which its identity
 * judges instead where the module has a major version. Throws {@link EvidenceError} `tcb-not-supported`.
 */
export function matchTcbLevels(
  levels: readonly TcbLevel[],
  pck: PckExtension,
  teeTcbSvn: Uint8Array | null,
): MatchedLevels {
  const reached = levels.filter(
    ({ sgx, pceSvn }) => pck.pceSvn >= pceSvn && sgx.every((least, i) => (pck.components[i] ?? -1) >= least),
  );
  const [sgx] = reached;
  if (!sgx) throw new EvidenceError("tcb-not-supported", { what: "the SGX components of this platform" });
  const platform = teeTcbSvn ? reached.find((level) => reachesTdx(level, teeTcbSvn)) : sgx;
  if (!platform) throw new EvidenceError("tcb-not-supported", { what: "the TDX components of this platform" });
  return { sgx, platform };
}

function reachesTdx({ tdx }: TcbLevel, teeTcbSvn: Uint8Array): boolean {
  const start = (teeTcbSvn[1] ?? 0) > 0 ? 2 : 0;
  return tdx?.every((least, i) => i < start || (teeTcbSvn[i] ?? -1) >= least) ?? false;
}

/** The best of `levels` that `isvSvn` reaches. Throws {@link EvidenceError} `tcb-not-supported`. */
export function matchSvnLevel(levels: readonly SvnLevel[], isvSvn: number, what: string): SvnLevel {
  const level = levels.find((one) => one.isvSvn <= isvSvn);
  if (!level) throw new EvidenceError("tcb-not-supported", { what: `${what} with security version ${isvSvn}` });
  return level;
}
