// Models that got no key, and when to ask for it again: policies, keys and collateral change without any file of the model changing.
import type { SealedVersion } from "@sealserve/engines";
import type { Clock } from "@sealserve/serving";
import { KeyRefusedError } from "../sealed/key-refused-error.ts";

type Which = Pick<SealedVersion, "model" | "version">;

interface Refusal {
  readonly model: string;
  readonly times: number;
  /** By the clock. */
  readonly askAt: number;
}

/** Milliseconds after the first refusal; each further one waits twice as long, up to the longest. */
const [firstWait, longestWait] = [60_000, 3_600_000];

export class RefusedModels {
  readonly #refusals = new Map<string, Refusal>();
  readonly #clock: Pick<Clock, "now">;

  constructor({ clock }: { readonly clock: Pick<Clock, "now"> }) {
    this.#clock = clock;
  }

  /** How long it waits, in milliseconds, until it is asked for again; null where only another file or another setting can help. */
  refused(which: Which, error: unknown): number | null {
    if (!(error instanceof KeyRefusedError) || error.code === "root-mismatch" || error.code === "file-changed") {
      this.#refusals.delete(key(which));
      return null;
    }
    const times = (this.#refusals.get(key(which))?.times ?? 0) + 1;
    const wait = Math.min(longestWait, firstWait * 2 ** (times - 1));
    this.#refusals.set(key(which), { model: which.model, times, askAt: this.#clock.now() + wait });
    return wait;
  }

  /** Whether it was refused and has waited long enough; told once, until it is refused again. */
  takeTurn(which: Which): boolean {
    const refusal = this.#refusals.get(key(which));
    if (!refusal || refusal.askAt > this.#clock.now()) return false;
    this.#refusals.set(key(which), { ...refusal, askAt: Number.POSITIVE_INFINITY });
    return true;
  }

  loaded(which: Which): void {
    this.#refusals.delete(key(which));
  }

  /** Somebody wants `model`, or all of them, now: what was refused is due at once, and waits shortly should it be refused again. */
  askNow(model?: string): void {
    for (const [name, refusal] of this.#refusals) {
      if (model === undefined || refusal.model === model) {
        this.#refusals.set(name, { ...refusal, times: 0, askAt: this.#clock.now() });
      }
    }
  }
}

function key({ model, version }: Which): string {
  return JSON.stringify([model, version]);
}
