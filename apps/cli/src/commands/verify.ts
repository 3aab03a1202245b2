// `sealserve verify`: what a running server proves of itself, check by check.
import { amdRoots, intelRoot, isPolicyError } from "@sealserve/attestation";
import { scoreServer } from "@sealserve/client/node";
import { type ScorecardOptions, SessionError, type TrustParts } from "@sealserve/session";
import { Command, Option } from "commander";
import { builtinPolicy } from "../builtin-policy.ts";
import { collateralSourceOf } from "../collateral-argument.ts";
import { addPinFlags, digestOf, type PinFlags, pinsOf } from "../pin-flags.ts";
import { readTime } from "../read-time.ts";
import { failureToJson, failureToText, scorecardToJson, scorecardToText } from "../scorecard-text.ts";
import { readPolicyFile, readTrustAnchorFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";
import { vendorServices } from "../vendor-services.ts";

export interface VerifyFlags extends PinFlags {
  readonly policy?: string;
  readonly trustAnchor?: readonly string[];
  readonly collateral?: string;
  readonly at?: string;
  readonly modelSet?: string;
  readonly json?: true;
}

/** Long enough for a TEE that is slow to attest, and for fetching collateral. */
const timeLimit = 60_000;

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function verifyCommand(): Command {
  const command = new Command("verify")
    .summary("check what a running server proves of itself before anything is sent to it")
    .description(
      "check what a running server proves of itself before anything is sent to it: exit code 0 every check passed, 1 one failed, 2 wrong usage, 3 nobody answers",
    )
    .argument("<url>", "a listener of the server, such as https://models.example:8000")
    .option("--policy <file>", "appraisal policy; without one, any measurement of genuine and patched hardware passes")
    .option("--trust-anchor <file>", "trust these roots too, such as those of simulated hardware", collect)
    .option(
      "--collateral <path>",
      "judge by this collateral alone: a file, a bundle or a folder (default: what the server sends, else its vendor's service)",
    )
    .option("--at <time>", "judge as of this time, ISO 8601 (default: now)")
    .option("--model-set <sha256>", "the server must have loaded exactly this set of models");
  return addPinFlags(command).addOption(new Option("--json", "print JSON"));
}

/** Exit codes: 0 every check passed · 1 a check failed · 2 the command line is wrong · 3 nobody answers. */
export async function verify(url: string, flags: VerifyFlags): Promise<number> {
  const { process } = globalThis;
  try {
    const { options, parts } = await readFlags(flags);
    const card = await scoreServer(url, options, { ...parts, signal: AbortSignal.timeout(timeLimit) });
    process.stdout.write(flags.json ? scorecardToJson(url, card) : scorecardToText(url, card));
    return card.verdict === "pass" ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError || isPolicyError(error)) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    if (!(error instanceof SessionError)) throw error;
    if (flags.json) process.stdout.write(failureToJson(url, error));
    else process.stderr.write(failureToText(url, error));
    if (error.code === "url-refused") return 2;
    return error.code === "unreachable" ? 3 : 1;
  }
}

async function readFlags(
  flags: VerifyFlags,
): Promise<{ readonly options: ScorecardOptions; readonly parts: TrustParts }> {
  const anchors = (flags.trustAnchor ?? []).flatMap((file) => readTrustAnchorFile(file));
  const simulated = anchors.filter((anchor) => anchor.simulated).map(({ sha256 }) => sha256);
  const at = flags.at === undefined ? null : readTime(flags.at, "--at");
  const policy = flags.policy === undefined ? null : readPolicyFile(flags.policy);
  return {
    options: {
      policy: policy ?? ((claims) => builtinPolicy(claims, simulated)),
      purpose: "client-facing",
      pinned: {
        ...(flags.modelSet === undefined ? {} : { modelSetDigest: digestOf(flags.modelSet, "--model-set") }),
        ...pinsOf(flags),
      },
    },
    parts: {
      anchors: [intelRoot, ...amdRoots, ...anchors],
      ...(flags.collateral === undefined
        ? { collateral: "stapled", otherwise: vendorServices({ fetch }) }
        : { collateral: await collateralSourceOf(flags.collateral) }),
      now: () => at ?? new Date(),
    },
  };
}
