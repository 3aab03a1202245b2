// Attestation: a nonce for whoever asks, and a token for whoever answers it with evidence that a policy accepts.
import { type AppraisalPolicy, type Evidence, type ReportData, toReportData } from "@sealserve/attestation";
import {
  type AttestArguments,
  type AttestResult,
  type AuthArguments,
  type AuthResult,
  canonicalJson,
  KeyBrokerError,
  kbsReportData,
  readExtraParams,
  toEvidenceDocument,
} from "@sealserve/protocols/key-broker";
import type { AuditLog } from "../audit/audit-log.ts";
import { contentOf } from "../audit/content.ts";
import { checkTeePublicKey } from "../release/encrypt-to-tee.ts";
import { modelsOf, snapshotOf } from "../release/policies.ts";
import { type Decided, noPolicy, toError } from "../release/releases.ts";
import type { Vault } from "../root-key/vault.ts";
import { noRules } from "../state/tenant-state.ts";
import type { Storage } from "../storage/storage.ts";
import { nowhere } from "./admission.ts";
import type { BrokerMemory } from "./broker-memory.ts";
import { type Judge, nobody, type Verdict } from "./judge.ts";
import type { AddressLimit } from "./rate-limit.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { Tokens } from "./tokens.ts";

/** Of clients that name no tenant. */
const defaultTenant = "default";

/** A policy that changes while evidence is judged by it is tried so many times. */
const attempts = 5;

/** Policies that are tried for a client that names no model. */
const mostModels = 16;

export interface AttestationParts {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly judge: Judge;
  readonly memory: BrokerMemory;
  readonly audit: AuditLog;
  /** How many bytes of refused evidence are kept. */
  readonly keeping: AddressLimit;
  readonly onDecision: (entry: Decided) => void;
}

interface Asked extends AttestArguments {
  readonly scope: Session["scope"];
  readonly reportData: ReportData;
  readonly peer: string;
}

interface Judged {
  /** The digest of the tenant's rules that were judged by; null: of none. */
  readonly rules: string | null;
  readonly model: string | null;
  readonly policy: AppraisalPolicy;
  readonly verdict: Verdict;
}

export class Attestation {
  readonly #parts: AttestationParts;

  constructor(parts: AttestationParts) {
    this.#parts = parts;
  }

  /** Throws `malformed-request`. */
  auth({ tee, extraParams }: AuthArguments): AuthResult {
    const scope = readExtraParams(extraParams) ?? { tenant: defaultTenant, model: null };
    const { id, nonce } = this.#parts.sessions.begin(tee, scope);
    return { nonce, session: id };
  }

  /** Throws `KeyBrokerError`. The session is over afterwards, whatever comes of it. */
  async attest(args: AttestArguments, signal: AbortSignal, peer: string = nowhere): Promise<AttestResult> {
    const { sessions, tokens, memory } = this.#parts;
    const { runtimeData, evidence, additionalEvidence } = args;
    const session = sessions.take(args.session);
    await checkTeePublicKey(runtimeData["tee-pubkey"]);
    const reportData = toReportData(await kbsReportData(runtimeData, additionalEvidence));
    const mismatch = mismatchOf(session, args);
    for (let attempt = 0; attempt < attempts; attempt++) {
      await memory.refresh();
      const judged = mismatch ?? (await this.#judge(session, evidence, reportData, signal));
      const { verdict } = judged;
      const token = verdict.accepted && (await tokens.issue(verdict.accepted, runtimeData));
      const decision = await this.#log({ ...args, scope: session.scope, reportData, peer }, judged, token);
      if (decision === "outdated") continue;
      if (token === null) throw toError(verdict.accepted ? "evidence-refused" : verdict.refusal, decision);
      if (args.session !== null) sessions.attested(args.session, token);
      return { token };
    }
    throw new KeyBrokerError("unavailable", {});
  }

  /** By the policy of the session's model; where it named none, by each of the tenant's until one accepts. */
  async #judge(session: Session, evidence: Evidence, expected: ReportData, signal: AbortSignal): Promise<Judged> {
    const { storage, vault, judge } = this.#parts;
    const { tenant, model } = session.scope;
    const models = model === null ? (await modelsOf(storage.db, tenant)).slice(0, mostModels) : [model];
    let last: Judged | null = null;
    for (const each of models) {
      const { policy, rules } = await snapshotOf({ db: storage.db, vault }, tenant, each);
      const appraisal = policy?.appraisal ?? nobody;
      const verdict = await judge.judge(evidence, expected, appraisal, signal);
      last = { rules, model: each, policy: appraisal, verdict };
      if (last.verdict.accepted || last.verdict.refusal !== "policy-refused") return last;
    }
    const verdict = last === null ? await judge.judge(evidence, expected, nobody, signal) : last.verdict;
    return last ?? { rules: null, model, policy: nobody, verdict };
  }

  /** The result is the number of the audit entry. `outdated`: the policy that accepts has changed meanwhile, or was never the tenant's. */
  async #log(
    { scope, evidence, runtimeData, reportData, peer }: Asked,
    { rules, model, policy, verdict }: Judged,
    token: string | null,
  ): Promise<number | "outdated"> {
    const { storage, audit, tokens, onDecision, keeping } = this.#parts;
    const { accepted } = verdict;
    const document = contentOf(canonicalJson(toEvidenceDocument(evidence)));
    const logged = await storage.exclusively(async (change) => {
      const state = await audit.check(change, scope.tenant);
      if (accepted && (state?.rules ?? noRules) !== rules) return "outdated";
      // Anybody can have evidence refused: then not all of it is kept, but always that it came.
      const kept =
        accepted !== null || (await audit.has(change, document)) || keeping.admit(peer, document.text.length) === 0;
      const evidenceHash = kept ? await audit.keep(change, document) : document.sha256;
      const collateralHash = await audit.keep(change, verdict.collateral);
      const entry = {
        kind: "decision",
        tenant: scope.tenant,
        act: "attest",
        model,
        subject: null,
        verdict: accepted ? "accepted" : "refused",
        reason: accepted ? "accepted" : verdict.reason,
        detail: detailOf(policy, verdict),
        reference: accepted?.reference ?? null,
        tcbStatus: accepted?.tcbStatus ?? null,
        simulated: accepted?.root.simulated ?? null,
        grounds: {
          evidence: evidenceHash,
          ...(kept ? {} : { evidenceKept: false as const }),
          collateral: collateralHash,
          policy: await audit.keep(change, contentOf(canonicalJson(policy))),
          reportData: Buffer.from(reportData).toString("hex"),
        },
      } as const;
      if (token !== null) {
        await tokens.keep(change, token, {
          tenant: scope.tenant,
          runtimeData,
          reportData,
          evidenceHash,
          collateralHash,
        });
      }
      return { entry, head: await audit.append(change, entry) };
    });
    if (logged === "outdated") return logged;
    const { entry, head } = logged;
    await audit.appended(head);
    onDecision(entry);
    return head.sequence;
  }
}

/** For the auditor: why nobody would have been accepted, where that is so. */
function detailOf(policy: AppraisalPolicy, verdict: Verdict): string {
  if (verdict.accepted) return "";
  return policy === nobody && verdict.refusal === "policy-refused" ? noPolicy : verdict.detail;
}

/** Evidence that answers another nonce, or is of another kind than was announced, is not looked at. */
function mismatchOf({ nonce, tee, scope }: Session, { runtimeData, evidence }: AttestArguments): Judged | null {
  const refused = (reason: string, detail: string): Judged => ({
    ...{ rules: null, model: scope.model, policy: nobody },
    verdict: { accepted: null, refusal: "evidence-refused", reason, detail, collateral: contentOf("[]") },
  });
  if (runtimeData.nonce !== nonce) return refused("nonce-mismatch", "the evidence answers another nonce");
  if (evidence.tee !== tee) return refused("tee-mismatch", `${evidence.tee} evidence in a session for ${tee}`);
  return null;
}
