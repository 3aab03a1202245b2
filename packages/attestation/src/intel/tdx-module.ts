// The TDX module that launched a TD: who signed it, and how far it is patched.
import { equalBytes } from "@sealserve/primitives";
import { EvidenceError } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import { matchSvnLevel } from "./match-tcb-level.ts";
import type { SvnLevel, TcbInfo, TdxModuleIdentity } from "./tcb-info.ts";
import type { TdBody } from "./td-body.ts";

/**
 * The level of the module; null for modules of major version 0, which the TDX components of the platform's level judge.
 * Throws {@link EvidenceError}: `tdx-module-mismatch`, `tcb-not-supported`.
 */
export function matchTdxModule(tcbInfo: TcbInfo, body: TdBody): SvnLevel | null {
  const [isvSvn = 0, major = 0] = body.teeTcbSvn;
  const identity = major > 0 ? findModuleIdentity(tcbInfo, major) : null;
  const module = identity ?? tcbInfo.tdxModule;
  if (!module) mismatch("identity", "in the TCB info", "missing");
  if (!equalBytes(body.mrSignerSeam, module.mrSigner)) {
    mismatch("signer", toHex(module.mrSigner), toHex(body.mrSignerSeam));
  }
  // All are reserved today: Intel's library wants every bit zero, whatever the mask says.
  const zero = body.seamAttributes.every((byte) => byte === 0);
  if (!zero || !equalBytes(body.seamAttributes, module.attributes)) {
    mismatch("attributes", toHex(module.attributes), toHex(body.seamAttributes));
  }
  return identity && matchSvnLevel(identity.levels, isvSvn, `TDX module ${identity.id}`);
}

/** Throws {@link EvidenceError} `tdx-module-mismatch`. */
export function findModuleIdentity({ tdxModuleIdentities }: TcbInfo, major: number): TdxModuleIdentity {
  const id = `TDX_${toHex(Uint8Array.of(major)).toUpperCase()}`;
  const identity = tdxModuleIdentities.find((one) => one.id === id);
  return identity ?? mismatch("identity", id, tdxModuleIdentities.map((one) => one.id).join(", "));
}

function mismatch(field: string, expected: string, found: string): never {
  throw new EvidenceError("tdx-module-mismatch", { field, expected, found });
}
