// The one way out of the broker: judged at this moment, logged durably, and only then handed over.
import type { AttestationResult } from "@sealserve/attestation";
import { canonicalJson, isKeyBrokerError, KeyBrokerError } from "@sealserve/protocols/key-broker";
import type { BrokerMemory } from "../attestations/broker-memory.ts";
import { type Judge, nobody, type Verdict } from "../attestations/judge.ts";
import { type Attested, type Tokens, tokenRefused } from "../attestations/tokens.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { contentOf } from "../audit/content.ts";
import type { DecisionAct, DecisionEntry } from "../audit/entry.ts";
import type { Head } from "../audit/head.ts";
import type { Vault } from "../root-key/vault.ts";
import { noRules, type TenantState } from "../state/tenant-state.ts";
import type { Change } from "../storage/schema.ts";
import type { Storage } from "../storage/storage.ts";
import { countRelease, type PolicySnapshot, snapshotOf } from "./policies.ts";
import type { ReleasePolicy } from "./release-policy.ts";

export interface ReleaseRequest {
  readonly act: Exclude<DecisionAct, "attest">;
  readonly token: string | null;
  readonly tenant: string;
  readonly model: string;
}

/** What may leave once it is logged, or why it may not although the evidence is accepted. */
export type Product<T> =
  | { readonly refused: null; readonly value: T; readonly subject: string }
  | { readonly refused: Refused; readonly subject: string | null };

export interface Refused {
  /** What the peer is told. */
  readonly refusal: ReleaseRefusal;
  /** What the audit log is told. */
  readonly reason: string;
}

export function refused(
  refusal: ReleaseRefusal,
  reason: string,
  subject: string | null = null,
): { readonly refused: Refused; readonly subject: string | null } {
  return { refused: { refusal, reason }, subject };
}

type ReleaseRefusal =
  | "unknown-key"
  | "policy-refused"
  | "evidence-refused"
  | "collateral-unavailable"
  | "token-refused";

/** The steps of a release in their order, so that tests can stop between any two. */
export type ReleaseStep = "judged" | "produced" | "appended" | "committed" | "witnessed";

export interface ReleasesParts {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly tokens: Tokens;
  readonly judge: Judge;
  readonly memory: BrokerMemory;
  readonly audit: AuditLog;
  readonly onStep: (step: ReleaseStep) => void;
  readonly onDecision: (entry: Decided) => void;
}

/** The detail of a refusal by the policy that accepts nobody. */
export const noPolicy = "the tenant has no policy for this model";

/** What metrics count. */
export type Decided = Pick<DecisionEntry, "act" | "verdict" | "reason">;

/** A policy that changes so often that nothing can be decided is tried so many times. */
const attempts = 5;

/** Makes what is released, of what `state` knows. */
export type Produce<T> = (attested: Attested, policy: ReleasePolicy, state: TenantState) => Promise<Product<T>>;

interface Case {
  readonly request: ReleaseRequest;
  readonly attested: Attested | null;
  readonly snapshot: PolicySnapshot;
  readonly verdict: Verdict | null;
}

export class Releases {
  readonly #parts: ReleasesParts;

  constructor(parts: ReleasesParts) {
    this.#parts = parts;
  }

  /**
   * `produce` makes what is released; it is called only for accepted evidence. Throws `KeyBrokerError`. Whatever is decided is in the audit log
   * before this returns or throws.
   */
  async release<T>(request: ReleaseRequest, produce: Produce<T>, signal: AbortSignal): Promise<T> {
    const { onStep } = this.#parts;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { judged, product } = await beforeChange(async () => {
        const judged = await this.#judge(request, signal);
        onStep("judged");
        return { judged, product: await productOf(judged, produce) };
      });
      onStep("produced");
      const decided = await this.#commit(judged, product);
      if (decided === "outdated") continue;
      onStep("committed");
      await this.#parts.audit.appended(decided.head);
      onStep("witnessed");
      this.#parts.onDecision(decided.entry);
      const { product: made, head } = decided;
      if (made.refused) throw toError(made.refused.refusal, head.sequence);
      return made.value;
    }
    throw new KeyBrokerError("unavailable", {});
  }

  /** Evidence that was accepted when it came is judged again, by the policy and at the time of the release. */
  async #judge(request: ReleaseRequest, signal: AbortSignal): Promise<Case> {
    const { storage, vault, tokens, judge, memory } = this.#parts;
    await memory.refresh();
    const attested = await tokens.find(storage.db, request.token);
    const snapshot = await snapshotOf({ db: storage.db, vault }, request.tenant, request.model);
    if (!attested) return { request, attested, snapshot, verdict: null };
    // Whoever asks of another tenant learns as much as of a model that is not there, and no sooner.
    const policy = attested.tenant === request.tenant ? snapshot.policy : null;
    const verdict = await judge.judge(attested.evidence, attested.reportData, policy?.appraisal ?? nobody, signal);
    return { request, attested, snapshot: { ...snapshot, policy }, verdict };
  }

  /** `outdated`: something that was decided upon has changed in between. */
  #commit<T>(
    judged: Case,
    made: Product<T>,
  ): Promise<"outdated" | { entry: Decided; head: Head; product: Product<T> }> {
    const { storage, audit, onStep } = this.#parts;
    const { request, snapshot } = judged;
    return storage.exclusively(async (change) => {
      // What was judged by is what the log says that it is, and not what the database said for a moment.
      const state = await audit.check(change, request.tenant);
      if ((state?.rules ?? noRules) !== snapshot.rules) return "outdated";
      const { product, counted } = await countedProduct(change, judged, made);
      const entry = await this.#entryOf(change, judged, product);
      const { attested } = judged;
      // Neither tenant's auditor learns of the other: each has an entry, and the peer is told the number of its own.
      if (attested && attested.tenant !== request.tenant) {
        await audit.append(change, { ...entry, ...foreign, grounds: noGrounds });
        const own = { ...entry, tenant: attested.tenant, model: null, detail: "asked for what is another tenant's" };
        return { entry, head: await audit.append(change, own), product };
      }
      const head = await audit.append(change, entry, counted ? { tenant: request.tenant } : "nothing");
      onStep("appended");
      return { entry, head, product };
    });
  }

  async #entryOf(change: Change, { request, attested, snapshot, verdict }: Case, product: Product<unknown>) {
    const { audit } = this.#parts;
    const policy = contentOf(canonicalJson(snapshot.policy?.appraisal ?? nobody));
    const accepted: AttestationResult | null = verdict?.accepted ?? null;
    return {
      kind: "decision",
      tenant: request.tenant,
      act: request.act,
      model: request.model,
      subject: product.subject,
      verdict: product.refused ? "refused" : "accepted",
      reason: product.refused?.reason ?? "accepted",
      detail: detailOf({ attested, snapshot, verdict }),
      reference: accepted?.reference ?? null,
      tcbStatus: accepted?.tcbStatus ?? null,
      simulated: accepted?.root.simulated ?? null,
      grounds: {
        evidence: attested?.evidenceHash ?? null,
        collateral: verdict ? await audit.keep(change, verdict.collateral) : null,
        policy: verdict ? await audit.keep(change, policy) : null,
        reportData: attested ? Buffer.from(attested.reportData).toString("hex") : null,
      },
    } as const;
  }
}

/** What fails here has changed nothing: whoever asked may ask another broker. */
async function beforeChange<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (isKeyBrokerError(error)) throw error;
    throw new KeyBrokerError("unavailable", { untouched: true }, error);
  }
}

/** What the asked tenant's log says of a token that is another's. */
const foreign = { subject: null, reason: "token-of-another-tenant", detail: "the token is another tenant's" } as const;
const noGrounds = { evidence: null, collateral: null, policy: null, reportData: null } as const;

async function productOf<T>({ attested, snapshot, verdict }: Case, produce: Produce<T>): Promise<Product<T>> {
  if (!attested || !verdict) return refused("token-refused", "token-refused");
  if (!verdict.accepted) return refused(verdict.refusal, verdict.reason);
  if (!snapshot.policy || !snapshot.state) return refused("policy-refused", "no-policy");
  return produce(attested, snapshot.policy, snapshot.state);
}

/** For the auditor: why nobody would have been accepted, where that is so. */
function detailOf({ attested, snapshot, verdict }: Omit<Case, "request">): string {
  if (!attested || !verdict || verdict.accepted) return "";
  return snapshot.policy ? verdict.detail : noPolicy;
}

/** Certificates are not counted: they are renewed by the hour. */
async function countedProduct<T>(
  change: Change,
  { request, snapshot }: Case,
  made: Product<T>,
): Promise<{ readonly product: Product<T>; readonly counted: boolean }> {
  const { act, tenant, model } = request;
  const limit = snapshot.policy?.releaseLimit ?? null;
  if (made.refused || act === "certificate" || limit === null) return { product: made, counted: false };
  const counted = await countRelease(change, tenant, model, limit);
  return { product: counted ? made : refused("policy-refused", "release-limit-reached", made.subject), counted };
}

export function toError(refusal: ReleaseRefusal, decision: number): KeyBrokerError {
  return refusal === "token-refused" ? tokenRefused(decision) : new KeyBrokerError(refusal, { decision });
}
