// A line in the process log for what may happen very often: told now and then, with how often it was, not each time.
import type { Logger } from "@sealserve/server";

/** Milliseconds between two lines. */
const tellEvery = 10_000;

export interface SampledWarningParts {
  /** Milliseconds from any beginning. */
  readonly now: () => number;
  readonly logger: Logger;
}

export class SampledWarning {
  readonly #message: string;
  readonly #parts: SampledWarningParts;
  #count = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(message: string, parts: SampledWarningParts) {
    this.#message = message;
    this.#parts = parts;
  }

  /** `latest`: what is said of this one, if it is the one that is told. */
  tell(latest: Readonly<Record<string, unknown>>): void {
    const { now, logger } = this.#parts;
    this.#count++;
    if (now() - this.#toldAt < tellEvery) return;
    logger.warn(this.#message, { refused: this.#count, ...latest });
    this.#count = 0;
    this.#toldAt = now();
  }
}
