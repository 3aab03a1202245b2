// The encapsulated keys of requests that were opened, so that none is opened twice.
import type { Bytes } from "@sealserve/primitives";
import { hexOf } from "../hex.ts";

export interface ReplayGuard {
  /** False where it was admitted before. */
  admit(encapsulated: Bytes): boolean;
}

/**
 * Remembers the last `entries`. A request that is older than that many others can be opened again: clients choose a fresh key for each, and
 * what must not happen twice needs an identifier of its own.
 */
export function rememberRequests({ entries }: { readonly entries: number }): ReplayGuard {
  const seen = new Set<string>();
  return {
    admit(encapsulated) {
      const id = hexOf(encapsulated);
      if (seen.has(id)) return false;
      seen.add(id);
      const [oldest] = seen;
      if (seen.size > entries && oldest !== undefined) seen.delete(oldest);
      return true;
    },
  };
}
