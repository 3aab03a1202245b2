// The tokens of those who have attested: signed by the broker, and good only with the row that says to which key and evidence they belong.
import { createHash } from "node:crypto";
import {
  type AttestationResult,
  EarError,
  type Evidence,
  issueEar,
  type ReportData,
  type TrustAnchor,
  toReportData,
  type VerifiedEar,
  verifyEar,
} from "@sealserve/attestation";
import {
  canonicalJson,
  evidenceShape,
  KeyBrokerError,
  type RuntimeData,
  type TeePublicKey,
} from "@sealserve/protocols/key-broker";
import type { OwnKeys } from "../keys/own-keys.ts";
import type { Change, Database } from "../storage/schema.ts";

export interface TokensOptions {
  readonly issuer: string;
  /** Milliseconds. */
  readonly lifetime: number;
}

export interface TokensParts {
  readonly keys: OwnKeys;
  readonly anchors: readonly TrustAnchor[];
  readonly epoch: () => number;
}

/** Who holds a token: its key, and the evidence that can be judged again. */
export interface Attested {
  readonly tenant: string;
  readonly teePublicKey: TeePublicKey;
  /** base64url of the SHA-256 of the SubjectPublicKeyInfo that the evidence names beside it. */
  readonly csrKey: string | null;
  readonly reportData: ReportData;
  readonly evidence: Evidence;
  /** SHA-256 of its document. */
  readonly evidenceHash: string;
}

export interface NewAttestation {
  readonly tenant: string;
  readonly runtimeData: RuntimeData;
  readonly reportData: ReportData;
  /** SHA-256 of what is kept beside the audit log. */
  readonly evidenceHash: string;
  readonly collateralHash: string;
}

export class Tokens {
  readonly #options: TokensOptions;
  readonly #parts: TokensParts;
  readonly #simulatedRoots: readonly string[];

  constructor(options: TokensOptions, parts: TokensParts) {
    this.#options = options;
    this.#parts = parts;
    // Whether simulated hardware is accepted is decided by the policy, at each release anew.
    this.#simulatedRoots = parts.anchors.filter(({ simulated }) => simulated).map(({ sha256 }) => sha256);
  }

  issue(result: AttestationResult, runtimeData: RuntimeData): Promise<string> {
    const { keys, epoch } = this.#parts;
    const key = keys.signing("ear");
    const { issuer, lifetime } = this.#options;
    return issueEar(result, {
      key: key.privateKey,
      keyId: key.id,
      nonce: runtimeData.nonce,
      issuer,
      lifetime: Math.floor(lifetime / 1000),
      now: new Date(epoch()),
      runtimeData,
    });
  }

  /** Rows of tokens that have expired go at the same time. */
  async keep(change: Change, token: string, made: NewAttestation): Promise<void> {
    const now = this.#parts.epoch();
    await change.deleteFrom("attestations").where("expires", "<", new Date(now).toISOString()).execute();
    await change
      .insertInto("attestations")
      .values({
        token_hash: hashOf(token),
        tenant: made.tenant,
        tee_public_key: JSON.stringify(made.runtimeData["tee-pubkey"]),
        csr_key: made.runtimeData["csr-key"] ?? null,
        report_data: Buffer.from(made.reportData).toString("hex"),
        evidence: made.evidenceHash,
        collateral: made.collateralHash,
        expires: new Date(now + this.#options.lifetime).toISOString(),
      })
      .execute();
  }

  /** Null where there is no token, or one that is not, or no longer, good: its caller gets to know no more than that. */
  async find(db: Database, token: string | null): Promise<Attested | null> {
    const signed = token === null ? null : await this.#verify(token);
    if (token === null || signed === null) return null;
    const row = await db
      .selectFrom("attestations")
      .innerJoin("blobs", "blobs.sha256", "attestations.evidence")
      .selectAll("attestations")
      .select("blobs.content")
      .where("token_hash", "=", hashOf(token))
      .executeTakeFirst();
    if (!row || Date.parse(row.expires) <= this.#parts.epoch()) return null;
    const teePublicKey = JSON.parse(row.tee_public_key) as TeePublicKey;
    // What is released goes to this key: the database alone must not say which.
    const { "tee-pubkey": signedKey, "csr-key": signedCsrKey = null } = signed.runtimeData ?? {};
    const same =
      canonicalJson(signedKey ?? null) === canonicalJson(teePublicKey) &&
      signedCsrKey === row.csr_key &&
      signed.result.claims.reportData === row.report_data;
    if (!same) return null;
    return {
      tenant: row.tenant,
      teePublicKey,
      csrKey: row.csr_key,
      reportData: toReportData(new Uint8Array(Buffer.from(row.report_data, "hex"))),
      evidence: readEvidence(row.content),
      evidenceHash: row.evidence,
    };
  }

  /** Null where this broker did not sign it, or it has ended. */
  async #verify(token: string): Promise<VerifiedEar | null> {
    const { keys, epoch } = this.#parts;
    try {
      return await verifyEar(token, {
        keys: keys.trusted("ear").map(({ key }) => ({ keyId: key.id, key: key.publicKey })),
        issuer: this.#options.issuer,
        now: new Date(epoch()),
        simulatedRoots: this.#simulatedRoots,
      });
    } catch (error) {
      if (error instanceof EarError) return null;
      throw error;
    }
  }
}

export function readEvidence(content: Uint8Array): Evidence {
  return evidenceShape(null)(JSON.parse(Buffer.from(content).toString("utf8")), "the evidence");
}

/** One error for all that can be wrong with a token. */
export function tokenRefused(decision: number): KeyBrokerError {
  return new KeyBrokerError("token-refused", { decision });
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
