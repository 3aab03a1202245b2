// How a PCCS is asked whose certificate authorities of its own vouch for; their file is read again when it changes.
import { readFile } from "node:fs/promises";
import type { Fetch } from "@sealserve/attestation";
import { createTlsFetch } from "@sealserve/client/tls-fetch";
import { reread } from "@sealserve/primitives";
import type { ClientRoots, Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";

/** Disposing ends the looks at the file. */
export interface PccsFetch extends Disposable {
  readonly fetch: Fetch;
}

/** Milliseconds between two looks at the file. */
const interval = 5_000;

/** By no other authority than these. Throws `RangeError` where they cannot be used at the start; later what was read before holds. */
export async function pccsFetch(
  { pem, files }: ClientRoots,
  { clock, logger }: { readonly clock: Pick<Clock, "setTimer">; readonly logger: Pick<Logger, "info" | "warn"> },
): Promise<PccsFetch> {
  const use = (roots: string): { readonly roots: string; readonly fetch: Fetch } => ({
    roots,
    fetch: createTlsFetch({ roots }),
  });
  if (files.length === 0) return { fetch: use(pem).fetch, [Symbol.dispose]: () => {} };
  const read = async () => use((await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n"));
  const reading = await reread(
    { interval, read, isSame: (a, b) => a.roots === b.roots },
    {
      clock,
      onChanged: () => logger.info("the authorities of the PCCS were read again"),
      onProblem: (reason) =>
        logger.warn("the authorities of the PCCS cannot be used: those that were read before hold", { reason }),
    },
  );
  return {
    fetch: (url, init) => reading.current.fetch(url, init),
    [Symbol.dispose]: () => reading[Symbol.dispose](),
  };
}
