// Remembers outside the database how far the audit log has come.
import { createHash } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { isRecord } from "../is-record.ts";
import { AuditError } from "./audit-error.ts";
import { genesis } from "./chain.ts";

export interface Witnessed {
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditWitness {
  /** Number 0 where nothing was seen yet. Throws `AuditError` `witness-unusable`. */
  read(): Promise<Witnessed>;
  /** Durable when it returns; a witness that is further stays as it is. Throws `AuditError` `witness-unusable`. */
  write(head: Witnessed): Promise<void>;
  /** Also back: for an operator who has restored an older log on purpose. */
  reset(head: Witnessed): Promise<void>;
}

const nothing: Witnessed = { sequence: 0, hash: genesis };

/** For databases that are in memory, or watched otherwise. */
export const noWitness: AuditWitness = { read: async () => nothing, write: async () => {}, reset: async () => {} };

/** Bytes of each of the two places in the file. */
const slotLength = 512;

/**
 * A small file with two places that are written in turn, in its place: there is nothing for a file system to do but to write one block. One that
 * was torn is told by its checksum, and the other holds. Writers wait for each other, and the newest that waits is written for all.
 */
export class FileWitness implements AuditWitness {
  readonly #file: string;
  #newest: Witnessed = nothing;
  #written: Witnessed = nothing;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async read(): Promise<Witnessed> {
    const slots = await this.#slots();
    return slots === null ? nothing : newestOf(slots);
  }

  write(head: Witnessed): Promise<void> {
    if (head.sequence > this.#newest.sequence) this.#newest = head;
    const replace = () => this.#writeNewest();
    // One that failed was its own caller's to tell; the disk may have room again.
    this.#writing = this.#writing.then(replace, replace);
    return this.#writing;
  }

  async reset(head: Witnessed): Promise<void> {
    this.#newest = head;
    await this.#replace(head);
    this.#written = head;
  }

  async #writeNewest(): Promise<void> {
    const newest = this.#newest;
    if (newest.sequence <= this.#written.sequence) return;
    for (;;) {
      const slots = await this.#slots();
      // Another broker on this machine may have the same file, and may have written over this one's.
      if (slots !== null && newestOf(slots).sequence >= newest.sequence) break;
      if (slots === null || slots.length < 2) await this.#replace(newest);
      else await this.#writeSlot(newest, slots[0] === newestOf(slots) ? 1 : 0);
    }
    this.#written = newest;
  }

  /** Null: there is no file; one: it is from before there were two places. Throws `witness-unusable`. */
  async #slots(): Promise<readonly (Witnessed | null)[] | null> {
    let text: string;
    try {
      text = await readFile(this.#file, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw new AuditError("witness-unusable", { file: this.#file }, error);
    }
    const slots =
      text.length === 2 * slotLength
        ? [parseSlot(text.slice(0, slotLength)), parseSlot(text.slice(slotLength))]
        : [parseWitnessed(text)];
    if (slots.some((slot) => slot !== null)) return slots;
    throw new AuditError("witness-unusable", { file: this.#file });
  }

  async #writeSlot(head: Witnessed, slot: number): Promise<void> {
    try {
      await using file = await open(this.#file, "r+");
      await file.write(slotOf(head), slot * slotLength, "latin1");
      await file.datasync();
    } catch (error) {
      throw new AuditError("witness-unusable", { file: this.#file }, error);
    }
  }

  async #replace(head: Witnessed): Promise<void> {
    const temporary = `${this.#file}.${crypto.randomUUID()}.new`;
    try {
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(slotOf(head) + slotOf(head));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#file);
      await using folder = await open(dirname(this.#file), "r");
      await folder.sync();
    } catch (error) {
      await rm(temporary, { force: true });
      throw new AuditError("witness-unusable", { file: this.#file }, error);
    }
  }
}

function newestOf(slots: readonly (Witnessed | null)[]): Witnessed {
  const [first = null, second = null] = slots;
  if (first && second) return second.sequence > first.sequence ? second : first;
  return first ?? second ?? nothing;
}

function slotOf({ sequence, hash }: Witnessed): string {
  return `${JSON.stringify({ sequence, hash, check: checkOf({ sequence, hash }) }).padEnd(slotLength - 1)}\n`;
}

/** Null: it was torn. */
function parseSlot(text: string): Witnessed | null {
  const found = parseWitnessed(text);
  return found && text.includes(checkOf(found)) ? found : null;
}

function parseWitnessed(text: string): Witnessed | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value["sequence"] !== "number" || typeof value["hash"] !== "string") return null;
    return { sequence: value["sequence"], hash: value["hash"] };
  } catch {
    // What is no JSON remembers nothing.
    return null;
  }
}

/** Against a write that was cut off, not against anybody. */
function checkOf({ sequence, hash }: Witnessed): string {
  return createHash("sha256").update(`sealserve/audit-witness/v1\0${sequence}\0${hash}`).digest("hex");
}
