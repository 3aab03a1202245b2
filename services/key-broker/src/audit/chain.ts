// The hash chain of the audit log: each link covers one entry and all that came before it.
import { createHash } from "node:crypto";

/** The link before the first entry. */
export const genesis = "0".repeat(64);

/** One row of the log as an auditor gets it; `entry` is null where it is another tenant's, and its hash still holds the chain together. */
export interface ChainedEntry {
  readonly sequence: number;
  /** Canonical JSON. */
  readonly entry: string | null;
  readonly entryHash: string;
  readonly hash: string;
}

export function hashEntry(entry: string): string {
  return createHash("sha256").update("sealserve/audit-entry/v1\0").update(entry).digest("hex");
}

/** SHA-256 over a label, the sequence number, the previous link and the entry's hash. */
export function link(previous: string, sequence: number, entryHash: string): string {
  return createHash("sha256").update(`sealserve/audit-link/v1\0${sequence}\0${previous}\0${entryHash}`).digest("hex");
}

/** Under which evidence, collateral and policies are kept: SHA-256, hex. */
export function contentHash(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
