// What an audit entry says: who asked for what, what was decided and why, and by which evidence, collateral and policy.

interface EntryHead {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  /** Null: of the broker as a whole. */
  readonly tenant: string | null;
  /** SHA-256 over all that the broker decides upon, as it is with this entry; entries of older versions have none. */
  readonly state?: string;
}

export type DecisionAct = "attest" | "resource" | "unwrap" | "certificate";

/** SHA-256 of contents kept beside the log; null where there was none. */
export interface Grounds {
  readonly evidence: string | null;
  /** False: the evidence was refused, and so much of the same address had been kept that this is known by its hash alone. */
  readonly evidenceKept?: false;
  readonly collateral: string | null;
  readonly policy: string | null;
  /** Hex; the digest that the evidence had to carry. It holds the nonce and the key only as a hash. */
  readonly reportData: string | null;
}

export interface DecisionEntry extends EntryHead {
  readonly kind: "decision";
  readonly act: DecisionAct;
  readonly model: string | null;
  /** What of the model was asked for: the key that opened, a tag, a role; null where it did not come to that. */
  readonly subject: string | null;
  readonly verdict: "accepted" | "refused";
  /** A code of the room that refused; `accepted` otherwise. */
  readonly reason: string;
  /** The reason as a sentence; empty where there is no more to say. */
  readonly detail: string;
  /** What accepted it. */
  readonly reference: string | null;
  readonly tcbStatus: string | null;
  readonly simulated: boolean | null;
  readonly grounds: Grounds;
}

export interface AdministrationEntry extends EntryHead {
  readonly kind: "administration";
  readonly actor: string;
  /** Such as `key-rotated`. */
  readonly act: string;
  readonly subject: string;
  /** SHA-256 of the policy or reference value that was set; null where there was none. */
  readonly content: string | null;
}

export type AuditEntry = DecisionEntry | AdministrationEntry;
export type NewEntry =
  | Omit<DecisionEntry, "sequence" | "time" | "state">
  | Omit<AdministrationEntry, "sequence" | "time" | "state">;
