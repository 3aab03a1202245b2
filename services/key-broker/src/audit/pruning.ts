// Removes old entries from the audit log so that the rest is still one chain, which hangs on a signed checkpoint.
import { type AuditRowDocument, KeyBrokerError, type PrunedDocument } from "@sealserve/protocols/key-broker";
import { isRecord } from "../is-record.ts";
import type { SigningKey } from "../keys/broker-keys.ts";
import type { Vault } from "../root-key/vault.ts";
import type { Change } from "../storage/schema.ts";
import type { Storage } from "../storage/storage.ts";
import type { AuditLog } from "./audit-log.ts";
import { genesis } from "./chain.ts";
import { prunedBytes, readPruned, writePruned } from "./pruned.ts";
import { ChainWalk } from "./verify-chain.ts";

export interface AuditPruningParts {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly audit: AuditLog;
  /** Ed25519. */
  readonly key: SigningKey;
  readonly epoch: () => number;
}

const pageSize = 1000;

/** What a walk over the whole log finds. */
interface Walked {
  readonly through: number;
  readonly hash: string;
  /** Last entry that was looked at. */
  readonly last: number;
  /** Contents that only entries up to `through` speak of. */
  readonly loose: ReadonlySet<string>;
}

export class AuditPruning {
  readonly #parts: AuditPruningParts;

  constructor(parts: AuditPruningParts) {
    this.#parts = parts;
  }

  /** Null: nothing was ever removed. */
  pruned(): Promise<PrunedDocument | null> {
    return readPruned(this.#parts.storage.db, this.#parts.vault);
  }

  /**
   * Removes the entries that come before the first of `before` (ISO 8601) or later, and the evidence that no other speaks of. The last two stay
   * whatever their time. Throws `malformed-request`, `conflict` where there is nothing to remove, and `AuditError` where the log is not whole: times
   * that somebody has edited remove nothing.
   */
  async prune(actor: string, before: string): Promise<PrunedDocument> {
    const { storage, vault, audit, epoch } = this.#parts;
    const limit = Date.parse(before);
    if (!(limit <= epoch())) {
      throw new KeyBrokerError("malformed-request", { problem: "before must be a time in ISO 8601 that is over" });
    }
    const walked = await this.#walk(limit);
    const { through, hash } = walked;
    const document = await this.#signed({
      ...{ through, hash },
      before: new Date(limit).toISOString(),
      time: new Date(epoch()).toISOString(),
    });
    const head = await storage.exclusively(async (change) => {
      const already = (await readPruned(change, vault))?.through ?? 0;
      if (through <= already) throw new KeyBrokerError("conflict", { problem: "no entry of the log is older" });
      const subject = `entries up to ${through}, before ${document.before}`;
      const deed = { actor, act: "log-pruned", subject, content: null };
      const head = await audit.append(change, { kind: "administration", tenant: null, ...deed });
      await writePruned(change, vault, document);
      await change.deleteFrom("audit").where("sequence", "<=", through).execute();
      await this.#dropContents(change, walked);
      return head;
    });
    await audit.appended(head);
    return document;
  }

  /** The whole chain, verified, outside of any lock: entries do not change. */
  async #walk(limit: number): Promise<Walked> {
    const { storage, vault, audit } = this.#parts;
    const start = await readPruned(storage.db, vault);
    const head = await audit.head(storage.db);
    const walk = new ChainWalk(start?.through ?? 0, start?.hash ?? genesis);
    let [through, hash, older] = [walk.sequence, walk.hash, true];
    const [loose, needed] = [new Set<string>(), new Set<string>()];
    for await (const row of this.#rows(walk.sequence + 1, head.sequence)) {
      walk.take(row);
      const entry = entryOf(row);
      older = older && Date.parse(String(entry["time"])) < limit && row.sequence < head.sequence - 1;
      if (older) [through, hash] = [row.sequence, row.hash];
      for (const content of contentsOf(entry)) (older ? loose : needed).add(content);
    }
    walk.reach(head);
    return { through, hash, last: head.sequence, loose: without(loose, needed) };
  }

  async *#rows(from: number, last: number): AsyncGenerator<AuditRowDocument> {
    const { storage, audit } = this.#parts;
    for (let next = from; next <= last; ) {
      const page = await audit.read(storage.db, { from: next, limit: pageSize, tenants: null });
      for (const row of page) if (row.sequence <= last) yield row;
      const end = page.at(-1);
      if (!end) return;
      next = end.sequence + 1;
    }
  }

  /** Within the change nobody appends: what was appended since the walk is looked at here. */
  async #dropContents(change: Change, { last, loose }: Walked): Promise<void> {
    const later = await change.selectFrom("audit").select("entry").where("sequence", ">", last).execute();
    const used = new Set(later.flatMap(({ entry }) => contentsOf(JSON.parse(entry))));
    const held = await change.selectFrom("attestations").select(["evidence", "collateral"]).execute();
    for (const { evidence, collateral } of held) used.add(evidence).add(collateral);
    for (const sha256 of without(loose, used)) {
      await change.deleteFrom("blobs").where("sha256", "=", sha256).execute();
    }
  }

  async #signed(document: Omit<PrunedDocument, "signature" | "key">): Promise<PrunedDocument> {
    const { key } = this.#parts;
    const signature = await crypto.subtle.sign("Ed25519", key.privateKey, prunedBytes(document));
    return {
      ...document,
      signature: Buffer.from(signature).toString("base64url"),
      key: Buffer.from(key.spki).toString("base64"),
    };
  }
}

function without(all: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...all].filter((each) => !others.has(each)));
}

function entryOf({ entry }: AuditRowDocument): Readonly<Record<string, unknown>> {
  const read: unknown = JSON.parse(entry ?? "{}");
  return isRecord(read) ? read : {};
}

/** SHA-256 of all that an entry speaks of. */
function contentsOf({ grounds, content }: Readonly<Record<string, unknown>>): readonly string[] {
  const named = isRecord(grounds) ? [grounds["evidence"], grounds["collateral"], grounds["policy"]] : [content];
  return named.filter((sha256) => typeof sha256 === "string");
}
