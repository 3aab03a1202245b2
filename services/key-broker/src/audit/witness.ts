// Remembers outside the database how far the audit log has come.
import { open, readFile, rename, rm } from "node:fs/promises";
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

/** A small file, replaced as a whole. Writers wait for each other, and the newest that waits is written for all. */
export class FileWitness implements AuditWitness {
  readonly #file: string;
  #newest: Witnessed = nothing;
  #written: Witnessed = nothing;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async read(): Promise<Witnessed> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#file, "utf8"));
      if (isRecord(value) && typeof value["sequence"] === "number" && typeof value["hash"] === "string") {
        return { sequence: value["sequence"], hash: value["hash"] };
      }
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return nothing;
      throw new AuditError("witness-unusable", { file: this.#file }, error);
    }
    throw new AuditError("witness-unusable", { file: this.#file });
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
    // Another broker on this machine may have the same file.
    if ((await this.read()).sequence < newest.sequence) await this.#replace(newest);
    this.#written = newest;
  }

  async #replace(head: Witnessed): Promise<void> {
    const temporary = `${this.#file}.${crypto.randomUUID()}.new`;
    try {
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify({ sequence: head.sequence, hash: head.hash }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new AuditError("witness-unusable", { file: this.#file }, error);
    }
  }
}
