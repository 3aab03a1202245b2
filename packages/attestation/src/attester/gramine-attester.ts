// Evidence of an SGX enclave that Gramine runs, through its pseudo-files under /dev/attestation.
import { join } from "node:path";
import { reasonOf, textOf } from "@sealserve/primitives";
import type { Attester } from "./attester.ts";
import { AttesterError } from "./attester-error.ts";
import { checkQuote } from "./check-output.ts";
import type { KernelFiles } from "./kernel-files.ts";

export const gramineBase = "/dev/attestation";

/** Quotes with their PCK chain have about 5 KiB. */
const largestQuote = 64 * 1024;

export interface GramineOptions {
  /** Default: {@link gramineBase}. */
  readonly base?: string;
}

/** The files belong to the whole process: this attester makes one quote after the other. Throws `AttesterError`. */
export function gramineAttester(
  { base = gramineBase }: GramineOptions,
  { files }: { readonly files: KernelFiles },
): Attester {
  let last: Promise<unknown> = Promise.resolve();
  return {
    evidence(reportData) {
      const made = last.then(async () => {
        await checkType(base, files);
        // Opened, written and closed before the quote is read, as Gramine wants it.
        await attempt(join(base, "user_report_data"), (file) => files.write(file, reportData));
        const quote = await attempt(join(base, "quote"), (file) => files.read(file, largestQuote));
        if (!checkQuote(quote, "sgx", reportData)) throw new AttesterError("report-data-mismatch", { attempts: 1 });
        return { tee: "sgx", quote } as const;
      });
      last = made.catch(() => undefined);
      return made;
    },
  };
}

async function checkType(base: string, files: KernelFiles): Promise<void> {
  const type = await attempt(join(base, "attestation_type"), (file) => files.read(file, 64));
  const found = textOf(type).trim();
  if (found !== "dcap") throw new AttesterError("attestation-type", { found });
}

async function attempt<T>(file: string, act: (file: string) => Promise<T>): Promise<T> {
  try {
    return await act(file);
  } catch (error) {
    throw new AttesterError("file-failed", { file, reason: reasonOf(error) }, error);
  }
}
