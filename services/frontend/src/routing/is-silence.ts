// Whether nothing came back at all, which a network does that is cut; a process that is there refuses, resets or answers.
import { CallTimeout } from "../repeated-call.ts";

const codes: readonly unknown[] = ["ETIMEDOUT", "EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN"];

export function isSilence(error: unknown): boolean {
  if (error instanceof CallTimeout) return true;
  if (!(error instanceof Error)) return false;
  return ("code" in error && codes.includes(error.code)) || isSilence(error.cause);
}
