// What a worker prints, line by line, as far as anybody can read it: long lines are cut, and of a flood some are left out and counted.

export interface LineGateParts {
  /** Milliseconds. */
  readonly now: () => number;
  readonly onLine: (line: string) => void;
  /** So many lines were left out since the last call. */
  readonly onLost: (count: number) => void;
}

/** Splits one stream of text into lines; what is longer than `maxLine` is cut off. */
export class LineSplitter {
  readonly #maxLine: number;
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(maxLine: number, onLine: (line: string) => void) {
    this.#maxLine = maxLine;
    this.#onLine = onLine;
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#add(text, start, end);
      this.#emit();
      start = end + 1;
    }
    this.#add(text, start, text.length);
  }

  /** The stream has ended. */
  end(): void {
    if (this.#rest !== "") this.#emit();
  }

  #add(text: string, start: number, end: number): void {
    const room = this.#maxLine - this.#rest.length;
    if (room > 0 && end > start) this.#rest += text.slice(start, Math.min(end, start + room));
  }

  #emit(): void {
    const line = this.#rest.endsWith("\r") ? this.#rest.slice(0, -1) : this.#rest;
    this.#rest = "";
    this.#onLine(line);
  }
}

/** Lets at most `maxRate` lines through in each second. */
export class LineGate {
  readonly #maxRate: number;
  readonly #parts: LineGateParts;
  #windowEnds = 0;
  #left = 0;
  #lost = 0;

  constructor(maxRate: number, parts: LineGateParts) {
    this.#maxRate = maxRate;
    this.#parts = parts;
  }

  pass(line: string): void {
    const now = this.#parts.now();
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + 1000;
      this.#left = this.#maxRate;
      this.tellLost();
    }
    if (this.#left > 0) {
      this.#left--;
      this.#parts.onLine(line);
    } else this.#lost++;
  }

  tellLost(): void {
    if (this.#lost > 0) this.#parts.onLost(this.#lost);
    this.#lost = 0;
  }
}
