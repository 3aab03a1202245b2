// `sealserve audit show|verify|replay`: what a key broker decided, whether its log is whole, and whether it would be decided so again.
import type { AuditEntry } from "@sealserve/key-broker";
import { auditRoutes, type PrunedDocument } from "@sealserve/protocols/key-broker";
import { Command } from "commander";
import { auditRows, checkpointFile, verifiedLog } from "../audit-log.ts";
import { replayEntry } from "../audit-replay.ts";
import { addBrokerFlags, askBroker, type BrokerFlags, tellBroker } from "../broker-connection.ts";
import type { Ends } from "../ends.ts";
import { readTime } from "../read-time.ts";
import { readTrustAnchorFile } from "../trust-files.ts";

interface ShowFlags extends BrokerFlags {
  readonly from: string;
  readonly json?: true;
}

interface VerifyFlags extends BrokerFlags {
  readonly checkpoint?: string;
}

interface ReplayFlags extends BrokerFlags {
  readonly at?: string;
  readonly trustAnchor?: string;
}

interface PruneFlags extends BrokerFlags {
  readonly before: string;
}

export function auditCommand(ends: Ends): Command {
  const show = new Command("show")
    .description("print the entries in your reach")
    .option("--from <number>", "first entry", "1")
    .option("--json", "one JSON object a line")
    .action(ends(showAudit));
  const verify = new Command("verify")
    .description("check that no entry was changed, cut off or replaced: exit code 1 if one was")
    .option("--checkpoint <file>", "the log must run through what this file remembers; it is brought up to date")
    .action(ends(verifyAudit));
  const replay = new Command("replay")
    .description("judge each decision again by its own evidence, collateral and policy: exit code 1 if one differs")
    .option("--at <time>", "as of this time, ISO 8601 (default: each at its own)")
    .option("--trust-anchor <file>", "trust these roots beside Intel's and AMD's, in JSON or YAML")
    .action(ends(replayAudit));
  const prune = new Command("prune")
    .description("remove entries from before a time, and their evidence; the rest stays verifiable")
    .requiredOption("--before <time>", "ISO 8601; no entry of this time or later goes")
    .action(ends(pruneAudit));
  const command = new Command("audit").description("the decisions of a key broker");
  for (const one of [show, verify, replay, prune]) command.addCommand(addBrokerFlags(one));
  return command;
}

function showAudit(flags: ShowFlags): Promise<number> {
  return tellBroker(async () => {
    const ask = askBroker(flags);
    const from = Number(flags.from) || 1;
    const pruned = await ask(auditRoutes.pruned, {});
    if (pruned && from <= pruned.through) process.stdout.write(flags.json ? "" : `${prunedLine(pruned)}\n`);
    for await (const { sequence, entry } of auditRows(ask, from)) {
      const text = entry ?? JSON.stringify({ sequence, hidden: true });
      process.stdout.write(flags.json ? `${text}\n` : `${toLine(sequence, entry)}\n`);
    }
    return 0;
  });
}

function verifyAudit(flags: VerifyFlags): Promise<number> {
  return tellBroker(async () => {
    const file = flags.checkpoint === undefined ? null : checkpointFile(flags.checkpoint);
    const checkpoint = await verifiedLog(askBroker(flags), file?.seen ?? null);
    file?.keep(checkpoint);
    process.stdout.write(`${checkpoint.sequence} entries, one unbroken chain to ${checkpoint.hash}\n`);
    return 0;
  });
}

function replayAudit(flags: ReplayFlags): Promise<number> {
  return tellBroker(async () => {
    const ask = askBroker(flags);
    const anchors = flags.trustAnchor === undefined ? [] : readTrustAnchorFile(flags.trustAnchor);
    const at = flags.at === undefined ? null : readTime(flags.at, "--at");
    let [judged, differing, unkept] = [0, 0, 0];
    const pruned = await ask(auditRoutes.pruned, {});
    if (pruned) process.stdout.write(`${prunedLine(pruned)}\n`);
    for await (const { entry } of auditRows(ask, (pruned?.through ?? 0) + 1)) {
      if (entry !== null && isUnkept(JSON.parse(entry) as AuditEntry)) {
        unkept++;
        continue;
      }
      const outcome = entry === null ? null : await replayEntry(JSON.parse(entry) as AuditEntry, { ask, anchors, at });
      if (!outcome) continue;
      judged++;
      if (!outcome.same) differing++;
      process.stdout.write(
        `${outcome.sequence}  ${outcome.same ? "same   " : "DIFFERS"}  ${outcome.found}  (then ${outcome.then})\n`,
      );
    }
    const rest = unkept === 0 ? "" : `, ${unkept} refusals whose evidence was not kept`;
    process.stdout.write(`${judged} decisions judged again, ${differing} differ${rest}\n`);
    return differing === 0 ? 0 : 1;
  });
}

function pruneAudit(flags: PruneFlags): Promise<number> {
  return tellBroker(async () => {
    const before = readTime(flags.before, "--before").toISOString();
    process.stdout.write(`${prunedLine(await askBroker(flags)(auditRoutes.prune, { before }))}\n`);
    return 0;
  });
}

function prunedLine({ through, before, time }: PrunedDocument): string {
  return `1-${through}  pruned ${time}: all from before ${before}`;
}

/** Of floods of refused evidence not all is kept. */
function isUnkept(entry: AuditEntry): boolean {
  return entry.kind === "decision" && entry.grounds.evidenceKept === false;
}

/** Of an administrator's deed: who did what; of a decision: for whom, what and why. */
function toLine(sequence: number, text: string | null): string {
  if (text === null) return `${sequence}  (another tenant's)`;
  const entry = JSON.parse(text) as AuditEntry;
  const head = `${sequence}  ${entry.time}  ${entry.tenant ?? "-"}`;
  if (entry.kind === "administration") return `${head}  ${entry.actor}: ${entry.act} ${entry.subject}`;
  const why = entry.verdict === "accepted" ? `${entry.reference ?? ""} ${entry.tcbStatus ?? ""}` : entry.reason;
  const hardware = entry.simulated ? " SIMULATED" : "";
  const detail = entry.detail === "" ? "" : `: ${entry.detail}`;
  return `${head}  ${entry.act} ${entry.model ?? "-"} ${entry.subject ?? ""}  ${entry.verdict} ${why}${hardware}${detail}`;
}
