// The broker's own keys that have successors: which one signs now, and which are trusted, the same for all brokers on a database.
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Vault } from "../root-key/vault.ts";
import type { KeyTerm, KnownState } from "../state/broker-state.ts";
import type { Change } from "../storage/schema.ts";
import type { Storage } from "../storage/storage.ts";
import { brokerKey, type KeyKindOfBroker, makeBrokerKey, readBrokerKey, type SigningKey } from "./broker-keys.ts";

/** `ear` signs the tokens of those who have attested; `mesh` signs the mesh's certificates. */
export const ownPurposes = ["ear", "mesh"] as const;
export type OwnPurpose = (typeof ownPurposes)[number];

export interface OwnKind extends KeyKindOfBroker {
  /** Milliseconds for which what the old key has signed may go on, where nothing else is said. */
  readonly overlap: number;
  /** No other than 0 may be less. */
  readonly leastOverlap: number;
  /** Those who trust by this key get to know its successor only in the course of the overlap: so long it signs nothing. */
  readonly announced: boolean;
}

export interface OwnKeysParts {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly epoch: () => number;
  readonly kinds: Readonly<Record<OwnPurpose, OwnKind>>;
}

export interface OwnKey extends KeyTerm {
  readonly key: SigningKey;
}

interface Terms {
  readonly purpose: OwnPurpose;
  readonly kind: OwnKind;
  /** Oldest first. */
  readonly terms: readonly KeyTerm[];
}

export class OwnKeys {
  readonly #parts: OwnKeysParts;
  readonly #opened = new Map<string, SigningKey>();
  #terms: readonly KeyTerm[] = [];

  constructor(parts: OwnKeysParts) {
    this.#parts = parts;
  }

  /** Makes those that are missing. Throws `AuditError`, `VaultError`. */
  async open(): Promise<void> {
    const { storage, vault, audit, kinds } = this.#parts;
    const known = await audit.current(storage);
    for (const purpose of ownPurposes) {
      const begun = known.terms.some((term) => purposeOf(term) === purpose);
      if (!begun) this.#opened.set(purpose, await brokerKey(purpose, kinds[purpose], { storage, vault }));
    }
    await this.take(known);
  }

  /** Goes over to what is so now. Throws `AuditError`. */
  async refresh(): Promise<void> {
    const { storage, audit } = this.#parts;
    await this.take(await audit.current(storage));
  }

  /** Goes over to what `known` says, and drops what is no longer trusted. */
  async take({ terms }: KnownState): Promise<void> {
    if (terms !== this.#terms) {
      for (const { name } of terms) await this.#openOne(name);
      this.#terms = terms;
      for (const name of this.#opened.keys()) if (!this.#isNamed(name)) this.#opened.delete(name);
    }
    if (this.#terms.some((term) => this.#hasEnded(term))) await this.#drop();
  }

  /** Oldest first. */
  trusted(purpose: OwnPurpose): readonly OwnKey[] {
    return this.#termsFor(purpose).flatMap((term) => {
      const key = this.#opened.get(term.name);
      return key && !this.#hasEnded(term) ? [{ ...term, key }] : [];
    });
  }

  /** The newest whose time has come. */
  signing(purpose: OwnPurpose): SigningKey {
    const now = this.#parts.epoch();
    const begun = ({ signsFrom }: KeyTerm) => signsFrom === "" || Date.parse(signsFrom) <= now;
    const trusted = this.trusted(purpose);
    const own = trusted.findLast(begun) ?? trusted.at(-1);
    if (!own) throw new RangeError(`there is no key for ${purpose}`);
    return own.key;
  }

  /**
   * A successor, logged under the name of `actor`. `overlap` in milliseconds; null: what is right for what was signed. With 0 the old keys are
   * neither used nor trusted from now on. Throws `conflict` while another successor waits for its time, and `malformed-request`.
   */
  async rotate(actor: string, purpose: OwnPurpose, overlap: number | null): Promise<readonly OwnKey[]> {
    const { storage, audit, kinds, epoch } = this.#parts;
    const kind = kinds[purpose];
    const time = overlap ?? kind.overlap;
    if (time !== 0 && time < kind.leastOverlap) {
      const least = Math.ceil(kind.leastOverlap / 1000);
      throw new KeyBrokerError("malformed-request", { problem: `the overlap must be 0, or at least ${least} s` });
    }
    const head = await storage.exclusively(async (change) => {
      const known = await audit.broker(change);
      const terms = termsFor(known.terms, purpose);
      const next = await this.#succeed(change, { purpose, kind, terms }, { now: epoch(), overlap: time });
      const others = known.terms.filter((term) => purposeOf(term) !== purpose);
      const subject = next.map(inWords).join("; ");
      const deed = { actor, act: `${purpose}-key-rotated`, subject, content: null };
      const changed = { broker: { terms: [...others, ...next] } };
      return audit.append(change, { kind: "administration", tenant: null, ...deed }, changed);
    });
    await audit.appended(head);
    await this.refresh();
    return this.trusted(purpose);
  }

  async #succeed(
    change: Change,
    { purpose, kind, terms }: Terms,
    { now, overlap }: { readonly now: number; readonly overlap: number },
  ): Promise<readonly KeyTerm[]> {
    const waiting = terms.find(({ signsFrom }) => signsFrom !== "" && Date.parse(signsFrom) > now);
    if (waiting && overlap > 0) {
      throw new KeyBrokerError("conflict", { problem: `${waiting.name} is to sign from ${waiting.signsFrom} on` });
    }
    const at = (time: number) => new Date(time).toISOString();
    const signsFrom = at(kind.announced ? now + overlap : now);
    const trustedUntil = at(kind.announced ? now + 2 * overlap : now + overlap);
    const newest = Number((terms.at(-1)?.name ?? purpose).split("/")[1] ?? 1);
    const name = `${purpose}/${newest + 1}`;
    await makeBrokerKey(name, kind, { change, vault: this.#parts.vault, signsFrom });
    const kept =
      overlap === 0 ? [] : terms.map((term) => ({ ...term, trustedUntil: term.trustedUntil || trustedUntil }));
    for (const term of terms) await writeTerm(change, term.name, kept.find((each) => each.name === term.name) ?? null);
    return [...kept, { name, signsFrom, trustedUntil: "" }];
  }

  /** The private keys too are forgotten. */
  async #drop(): Promise<void> {
    const { storage, audit } = this.#parts;
    const head = await storage.exclusively(async (change) => {
      const { terms } = await audit.broker(change);
      const ended = terms.filter((term) => this.#hasEnded(term));
      // Another broker was faster.
      if (ended.length === 0) return null;
      for (const { name } of ended) await writeTerm(change, name, null);
      const subject = ended.map(({ name }) => name).join(", ");
      const deed = { actor: "key broker", act: "own-keys-dropped", subject, content: null };
      const changed = { broker: { terms: terms.filter((term) => !ended.includes(term)) } };
      return audit.append(change, { kind: "administration", tenant: null, ...deed }, changed);
    });
    if (head) await audit.appended(head);
    this.#terms = this.#terms.filter((term) => !this.#hasEnded(term));
  }

  async #openOne(name: string): Promise<void> {
    const { storage, vault, kinds } = this.#parts;
    if (this.#opened.has(name)) return;
    const kind = kinds[name.startsWith("mesh") ? "mesh" : "ear"];
    const key = await readBrokerKey(name, kind, { db: storage.db, vault });
    // Dropped since by another broker: the next look at the state says so.
    if (key) this.#opened.set(name, key);
  }

  #termsFor(purpose: OwnPurpose): readonly KeyTerm[] {
    return termsFor(this.#terms, purpose);
  }

  #isNamed(name: string): boolean {
    return ownPurposes.some((purpose) => this.#termsFor(purpose).some((term) => term.name === name));
  }

  #hasEnded({ trustedUntil }: KeyTerm): boolean {
    return trustedUntil !== "" && Date.parse(trustedUntil) <= this.#parts.epoch();
  }
}

/** Oldest first; the first key, where it has no successor. */
function termsFor(all: readonly KeyTerm[], purpose: OwnPurpose): readonly KeyTerm[] {
  const generation = ({ name }: KeyTerm) => Number(name.split("/")[1] ?? 1);
  const own = all.filter((term) => purposeOf(term) === purpose).toSorted((a, b) => generation(a) - generation(b));
  return own.length > 0 ? own : [{ name: purpose, signsFrom: "", trustedUntil: "" }];
}

function purposeOf({ name }: KeyTerm): string {
  return name.split("/")[0] ?? "";
}

/** Null: the key goes. */
async function writeTerm(change: Change, name: string, term: KeyTerm | null): Promise<void> {
  if (!term) await change.deleteFrom("broker_keys").where("name", "=", name).execute();
  else
    await change
      .updateTable("broker_keys")
      .set({ trusted_until: term.trustedUntil })
      .where("name", "=", name)
      .execute();
}

function inWords({ name, signsFrom, trustedUntil }: KeyTerm): string {
  const from = signsFrom === "" ? "" : ` signs from ${signsFrom}`;
  return `${name}${from}${trustedUntil === "" ? "" : ` is trusted until ${trustedUntil}`}`;
}
