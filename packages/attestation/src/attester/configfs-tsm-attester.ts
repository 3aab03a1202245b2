// Evidence of a TDX or SEV-SNP guest through the kernel's configfs (Documentation/ABI/testing/configfs-tsm).
import { join } from "node:path";
import { type Bytes, reasonOf, textOf } from "@sealserve/primitives";
import type { Evidence } from "../evidence.ts";
import { toHex } from "../hex.ts";
import type { ReportData } from "../report-data.ts";
import type { Attester } from "./attester.ts";
import { AttesterError } from "./attester-error.ts";
import { parseCertificateTable } from "./certificate-table.ts";
import { checkQuote, checkReport } from "./check-output.ts";
import { errorCodeOf, type KernelFiles } from "./kernel-files.ts";

export const tsmBase = "/sys/kernel/config/tsm/report";

const providers = { tdx_guest: "tdx", sev_guest: "snp" } as const;
const largestOutput = 64 * 1024;
/** The kernel allows this much for the table of certificates. */
const largestTable = 128 * 1024;
/** These say "not now" of a shared device, and of a report that another write made stale. */
const passing: ReadonlySet<string> = new Set(["EBUSY", "EWOULDBLOCK", "EAGAIN", "EINTR"]);

export interface ConfigfsTsmOptions {
  /** Default: {@link tsmBase}. */
  readonly base?: string;
  /** How often to try in all, before giving up; default 8. */
  readonly attempts?: number;
}

export interface ConfigfsTsmParts {
  readonly files: KernelFiles;
  readonly randomness: (length: number) => Bytes;
  /** Waits between attempts: `attempt` counts from 1. */
  readonly pause: (attempt: number) => Promise<void>;
}

/** Each piece of evidence has a folder of its own, so that calls do not disturb each other. Throws `AttesterError`. */
export function configfsTsmAttester(options: ConfigfsTsmOptions, parts: ConfigfsTsmParts): Attester {
  const { base = tsmBase, attempts = 8 } = options;
  const { files, randomness } = parts;
  return {
    async evidence(reportData) {
      const folder = join(base, `sealserve-${toHex(randomness(16))}`);
      await run(folder, () => files.makeFolder(folder));
      try {
        return await readUndisturbed(folder, reportData, attempts, parts);
      } finally {
        await run(folder, () => files.removeFolder(folder));
      }
    },
  };
}

/** What was asked for, and nothing that a write in between may have changed. */
async function readUndisturbed(
  folder: string,
  reportData: ReportData,
  attempts: number,
  { files, pause }: ConfigfsTsmParts,
): Promise<Evidence> {
  const tee = await readProvider(folder, files);
  let obstacle: "busy" | "report-disturbed" | "report-data-mismatch" = "busy";
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await pause(attempt - 1);
    const before = await readGeneration(folder, files);
    const read = await readOnce(folder, tee, reportData, files);
    const after = await readGeneration(folder, files);
    // One write was ours; any other may have come between our write and our read.
    if (read === "busy") obstacle = "busy";
    else if (after !== before + 1) obstacle = "report-disturbed";
    else if (!bears(read, reportData)) obstacle = "report-data-mismatch";
    else return read;
  }
  throw new AttesterError(obstacle, { attempts });
}

async function readOnce(
  folder: string,
  tee: "tdx" | "snp",
  reportData: ReportData,
  files: KernelFiles,
): Promise<Evidence | "busy"> {
  try {
    await files.write(join(folder, "inblob"), reportData);
    const output = await files.read(join(folder, "outblob"), largestOutput);
    if (tee === "tdx") return { tee, quote: output };
    const table = await files.read(join(folder, "auxblob"), largestTable);
    return { tee, report: output, certificates: parseCertificateTable(table) };
  } catch (error) {
    if (passing.has(errorCodeOf(error) ?? "")) return "busy";
    if (error instanceof AttesterError) throw error;
    throw new AttesterError("file-failed", { file: folder, reason: reasonOf(error) }, error);
  }
}

function bears(evidence: Evidence, reportData: ReportData): boolean {
  return evidence.tee === "snp"
    ? checkReport(evidence.report, reportData)
    : checkQuote(evidence.quote, evidence.tee, reportData);
}

async function readProvider(folder: string, files: KernelFiles): Promise<"tdx" | "snp"> {
  const found = await readText(folder, "provider", files);
  for (const [provider, tee] of Object.entries(providers)) if (provider === found) return tee;
  throw new AttesterError("provider-unknown", { found });
}

async function readGeneration(folder: string, files: KernelFiles): Promise<number> {
  const found = await readText(folder, "generation", files);
  if (/^\d{1,15}$/.test(found)) return Number(found);
  throw new AttesterError("output-malformed", { what: "generation", problem: `'${found}' is no number` });
}

async function readText(folder: string, name: string, files: KernelFiles): Promise<string> {
  const file = join(folder, name);
  return textOf(await run(file, () => files.read(file, 256))).trim();
}

async function run<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new AttesterError("file-failed", { file, reason: reasonOf(error) }, error);
  }
}
