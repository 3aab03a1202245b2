// Remembers outside the database how far the audit log has come.
import { open, readFile, rename } from "node:fs/promises";
import { isRecord } from "../is-record.ts";
import { genesis } from "./chain.ts";

export interface Witnessed {
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditWitness {
  read(): Promise<Witnessed>;
  /** Durable when it returns. */
  write(head: Witnessed): Promise<void>;
}

const nothing: Witnessed = { sequence: 0, hash: genesis };

/** For brokers whose database is watched otherwise. */
export const noWitness: AuditWitness = { read: async () => nothing, write: async () => {} };

/** A small file, replaced as a whole. Writers wait for each other, and the newest that waits is written. */
export class FileWitness implements AuditWitness {
  readonly #file: string;
  #newest: Witnessed = nothing;
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
      throw error;
    }
    throw new SyntaxError(`${this.#file} is no witness of an audit log`);
  }

  write(head: Witnessed): Promise<void> {
    if (head.sequence > this.#newest.sequence) this.#newest = head;
    const replace = () => this.#replace(this.#newest);
    // One that failed was its own caller's to tell; the disk may have room again.
    this.#writing = this.#writing.then(replace, replace);
    return this.#writing;
  }

  async #replace(head: Witnessed): Promise<void> {
    const temporary = `${this.#file}.new`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify({ sequence: head.sequence, hash: head.hash }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#file);
  }
}
