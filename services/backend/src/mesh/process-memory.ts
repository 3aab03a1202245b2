// How much memory another process takes, as Linux tells it.
import { readFileSync } from "node:fs";

/** Resident bytes; null where the process is gone, or this system does not tell. */
export function processMemory(pid: number): number | null {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
  const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
