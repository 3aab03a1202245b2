// Judges one decision of a key broker again, by what its audit log kept: the auditor's own verifier, no word of the broker's believed.
import { parsePolicy, type TrustAnchor, toReportData } from "@sealserve/attestation";
import { type AuditEntry, contentHash, readCollateral, readEvidence, recordedSource } from "@sealserve/key-broker";
import { auditRoutes, KeyBrokerError } from "@sealserve/protocols/key-broker";
import type { AskBroker } from "./broker-connection.ts";
import { judgeEvidence } from "./evidence-verdict.ts";

export interface ReplayParts {
  readonly ask: AskBroker;
  readonly anchors: readonly TrustAnchor[];
  /** Null: the time of the entry. */
  readonly at: Date | null;
}

export interface Replayed {
  readonly sequence: number;
  /** Whether the evidence is accepted, or refused for the same reason, as it was. */
  readonly same: boolean;
  readonly found: string;
  readonly then: string;
}

/** What a broker refuses although it accepts the evidence. */
const beyondEvidence = new Set([
  "no-stanza-for-key",
  "stanza-malformed",
  "no-such-resource",
  "role-not-granted",
  "key-not-attested",
  "release-limit-reached",
]);

/** Null for an entry that no evidence was judged for. */
export async function replayEntry(entry: AuditEntry, { ask, anchors, at }: ReplayParts): Promise<Replayed | null> {
  if (entry.kind !== "decision") return null;
  const { evidence, collateral, policy, reportData } = entry.grounds;
  if (evidence === null || collateral === null || policy === null || reportData === null) return null;
  const { sequence } = entry;
  const kept = await ask(auditRoutes.grounds, { sequence });
  const source = recordedSource(readCollateral(checked(kept.collateral, collateral)));
  const judged = await judgeEvidence(
    readEvidence(Buffer.from(checked(kept.evidence, evidence))),
    {
      expected: toReportData(new Uint8Array(Buffer.from(reportData, "hex"))),
      policy: parsePolicy(JSON.parse(checked(kept.policy, policy))),
      anchors,
      withoutRevocationList: false,
      now: at ?? new Date(entry.time),
    },
    source,
  );
  const then = entry.verdict === "accepted" || beyondEvidence.has(entry.reason) ? "accepted" : entry.reason;
  const found = judged.reason ?? "accepted";
  return { sequence, same: found === then, found, then };
}

/** The content itself, if it is what the entry's hash names. */
function checked(content: string | null, sha256: string): string {
  if (content !== null && contentHash(Buffer.from(content)) === sha256) return content;
  throw new KeyBrokerError("malformed-request", { problem: `the broker no longer has the content ${sha256}` });
}
