// `sealserve collateral export|check|import`: carries collateral to where there is no network.
import { existsSync } from "node:fs";
import {
  type CollateralBundle,
  CollateralError,
  EvidenceError,
  PolicyError,
  readBundle,
  writeBundle,
} from "@sealserve/attestation";
import { Command } from "commander";
import { importFiles, writeWhole } from "../bundle-folder.ts";
import { collateralService } from "../collateral-service.ts";
import { readEvidenceFile } from "../evidence-file.ts";
import { exportCollateral } from "../export-collateral.ts";
import { readBytesFile, readTrustAnchorFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface ExportFlags {
  readonly evidence: readonly string[];
  readonly from?: string;
  readonly trustAnchor?: string;
  readonly out: string;
  readonly force?: true;
}

interface ImportFlags {
  readonly to: string;
}

type Ends = <A extends readonly unknown[]>(act: (...args: A) => Promise<number>) => (...given: A) => Promise<void>;

/** `ends` keeps the exit code that an action gives. */
export function collateralCommand(ends: Ends): Command {
  const out = new Command("export")
    .description("fetch what judges these pieces of evidence, and write it into one file")
    .requiredOption("--evidence <files...>", "quotes or reports as hardware made them")
    .option(
      "--from <url>",
      "PCCS (SGX, TDX) or mirror of KDS (SEV-SNP) to ask (default: Intel's and AMD's own services)",
    )
    .option("--trust-anchor <file>", "trust these roots beside Intel's and AMD's, in JSON or YAML")
    .requiredOption("--out <file>", "the bundle to write")
    .option("-f, --force", "replace a bundle that is there")
    .action(ends(exportBundle));
  const check = new Command("check")
    .description("whether a bundle is as it was exported, what is in it, and when it is valid")
    .argument("<bundle>")
    .action(ends(checkBundle));
  const into = new Command("import")
    .description("check a bundle and put its files into a folder, for --collateral")
    .argument("<bundle>")
    .requiredOption("--to <folder>", "made where it is missing; files of other names stay")
    .action(ends(importBundle));
  const command = new Command("collateral").description("carry collateral to where there is no network");
  for (const one of [out, check, into]) command.addCommand(one);
  return command;
}

function exportBundle({ evidence, from, trustAnchor, out, force }: ExportFlags): Promise<number> {
  return told(async () => {
    if (!force && existsSync(out)) throw new UsageError(`${out} is there already; --force replaces it`);
    const anchors = trustAnchor === undefined ? [] : readTrustAnchorFile(trustAnchor);
    const parts = { source: collateralService(from), anchors, now: new Date() };
    const { bundle, outcomes } = await exportCollateral(evidence.map(readEvidenceFile), parts);
    await writeWhole(out, await writeBundle(bundle));
    for (const [index, { refusal }] of outcomes.entries()) {
      const verdict = refusal === null ? "genuine by this collateral" : `refused: ${refusal.code}: ${refusal.message}`;
      process.stdout.write(`evidence ${evidence[index]}: ${verdict}\n`);
    }
    tellBundle(bundle);
    return 0;
  });
}

function checkBundle(file: string): Promise<number> {
  return told(async () => {
    tellBundle(await openBundle(file));
    return 0;
  });
}

function importBundle(file: string, { to }: ImportFlags): Promise<number> {
  return told(async () => {
    const bundle = await openBundle(file);
    for (const { name, change } of await importFiles(bundle.files, to)) process.stdout.write(`${change}: ${name}\n`);
    tellBundle(bundle);
    return 0;
  });
}

const largest = 64 * 1024 * 1024;

function openBundle(file: string): Promise<CollateralBundle> {
  return readBundle(readBytesFile(file, largest).toString("utf8"));
}

function tellBundle({ created, window, files }: CollateralBundle): void {
  const now = Date.now();
  const state = now < window.from ? "NOT YET VALID" : now > window.until ? "EXPIRED" : "valid";
  const [from, until] = [window.from, window.until].map((time) => new Date(time).toISOString());
  process.stdout.write(
    `${files.map(({ name, bytes }) => `${name} (${bytes.length} bytes)\n`).join("")}` +
      `exported ${created.toISOString()}; ${state}, from ${from} to ${until}\n`,
  );
}

async function told(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    const refused = error instanceof CollateralError || error instanceof EvidenceError || error instanceof PolicyError;
    if (!refused && !(error instanceof UsageError)) throw error;
    process.stderr.write(`${refused ? `${error.code}: ` : ""}${error.message}\n`);
    return refused ? 1 : 2;
  }
}
