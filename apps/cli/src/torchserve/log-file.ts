// A log that is written to a file line by line, without a wait for each, and begun anew when it has grown large.
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** As the original's: files of 100 MB, five of them behind the one that is written. */
const largest = 100 * 1024 * 1024;
const kept = 5;

/** Opens what is written to its end. A new file is its group's to read, as whatever collects logs is, and no stranger's: handlers print what they like. */
export function openLog(path: string): number {
  return openSync(path, "a", 0o640);
}

export class LogFile {
  readonly #path: string;
  readonly #limit: number;
  #descriptor: number;
  #size: number;
  #pending: string[] = [];
  #ending = false;

  /** Throws where the file cannot be written. */
  constructor(path: string, { limit = largest }: { readonly limit?: number } = {}) {
    this.#path = path;
    this.#limit = limit;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openLog(path);
    this.#size = statSync(path).size;
  }

  /** Whole lines. */
  write(text: string): void {
    if (this.#pending.length === 0) setImmediate(() => this.flush());
    this.#pending.push(text);
    if (this.#ending) this.flush();
  }

  /** From now on each line is written at once: the process ends. */
  end(): void {
    this.#ending = true;
    this.flush();
  }

  flush(): void {
    const text = Buffer.from(this.#pending.join(""));
    this.#pending = [];
    if (text.length === 0) return;
    try {
      if (this.#size > 0 && this.#size + text.length > this.#limit) this.#beginAnew();
      writeSync(this.#descriptor, text);
      this.#size += text.length;
    } catch (error) {
      // A full disk must not end a server; what is lost is told where somebody may still read it.
      process.stderr.write(`${this.#path} cannot be written: ${error instanceof Error ? error.message : error}\n`);
    }
  }

  #beginAnew(): void {
    closeSync(this.#descriptor);
    for (let number = kept - 1; number > 0; number--)
      moveIfThere(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
    moveIfThere(this.#path, `${this.#path}.1`);
    this.#descriptor = openLog(this.#path);
    this.#size = 0;
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
