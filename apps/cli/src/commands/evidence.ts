// `sealserve evidence verify`: judges one piece of evidence from a file, offline.
import { PolicyError, type ReportData, toReportData } from "@sealserve/attestation";
import { Command, Option } from "commander";
import { collateralSourceOf } from "../collateral-argument.ts";
import type { Ends } from "../ends.ts";
import { readEvidenceFile } from "../evidence-file.ts";
import { type EvidenceVerdict, type Judgement, judgeEvidence } from "../evidence-verdict.ts";
import { readTime } from "../read-time.ts";
import { readPolicyFile, readTrustAnchorFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface VerifyFlags {
  readonly collateral?: string;
  readonly at?: string;
  readonly policy?: string;
  readonly trustAnchor?: string;
  readonly reportData?: string;
  readonly genuineOnly?: true;
  readonly crl: boolean;
  readonly json?: true;
}

/** `ends` keeps the exit code that an action gives. */
export function evidenceCommand(ends: Ends): Command {
  const verify = new Command("verify")
    .description("judge a quote (SGX, TDX) or a report (SEV-SNP): exit code 0 acceptable, 1 refused, 2 wrong usage")
    .argument("<file>", "the evidence as the hardware made it")
    .option("--collateral <path>", "collateral: a JSON file, a bundle, or a folder of answers, certificates and CRLs")
    .option("--at <time>", "judge as of this time, ISO 8601 (default: now)")
    .option("--policy <file>", "appraisal policy in YAML or JSON (default: genuine, UpToDate, any measurement)")
    .option("--trust-anchor <file>", "trust these roots beside Intel's and AMD's, in JSON or YAML")
    .option("--report-data <hex>", "the 64 bytes that the evidence must bear (default: any)")
    .addOption(
      new Option(
        "--genuine-only",
        "ask only whether it is genuine: TCB status and measurements do not count",
      ).conflicts("policy"),
    )
    .option("--no-crl", "accept SEV-SNP evidence without AMD's revocation list")
    .option("--json", "print JSON")
    .action(ends(verifyEvidenceFile));
  return new Command("evidence").description("look at evidence of a TEE").addCommand(verify);
}

async function verifyEvidenceFile(file: string, flags: VerifyFlags): Promise<number> {
  try {
    const evidence = readEvidenceFile(file);
    const judgement = readJudgement(flags);
    const verdict = await judgeEvidence(evidence, judgement, await collateralSourceOf(flags.collateral));
    process.stdout.write(flags.json ? `${JSON.stringify(verdict, null, 2)}\n` : toText(verdict));
    return verdict.verdict === "acceptable" ? 0 : 1;
  } catch (error) {
    // A policy or anchors that are no such thing: nothing was judged.
    if (!(error instanceof UsageError || error instanceof PolicyError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function readJudgement(flags: VerifyFlags): Judgement {
  return {
    expected: flags.reportData === undefined ? "not-compared" : readReportData(flags.reportData),
    policy:
      flags.policy === undefined ? (flags.genuineOnly ? "genuine-only" : "built-in") : readPolicyFile(flags.policy),
    anchors: flags.trustAnchor === undefined ? [] : readTrustAnchorFile(flags.trustAnchor),
    withoutRevocationList: !flags.crl,
    now: flags.at === undefined ? new Date() : readTime(flags.at, "--at"),
  };
}

function readReportData(text: string): ReportData {
  if (/^[0-9a-f]{128}$/i.test(text)) return toReportData(new Uint8Array(Buffer.from(text, "hex")));
  throw new UsageError(`--report-data must be 128 hex digits, not ${text.length} characters`);
}

function toText(verdict: EvidenceVerdict): string {
  const rows: readonly (readonly [string, string | null])[] = [
    [verdict.verdict, verdict.reason === null ? verdict.message : `${verdict.reason}: ${verdict.message}`],
    ["TCB status", verdict.tcbStatus],
    ["advisories", verdict.advisories.join(", ") || null],
    ["root", verdict.root && `${verdict.root.name}${verdict.root.simulated ? " (SIMULATED HARDWARE)" : ""}`],
    ["valid until", verdict.notAfter],
    ...verdict.skipped.map((what) => ["not checked", what] as const),
    ...Object.entries(verdict.claims ?? {}).map(([key, value]) => [key, shown(value)] as const),
  ];
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.flatMap(([key, value]) => (value === null ? [] : [`${key.padEnd(width)}  ${value}\n`])).join("");
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
