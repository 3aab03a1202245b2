// Models that got no key, and when to ask for it again: policies, keys and collateral change without any file of the model changing.
import type { SealedVersion } from "@sealserve/engines";
import type { ModelStatus } from "@sealserve/inference";
import type { Clock } from "@sealserve/serving";
import { isPassing, type KeyRefusedCode, KeyRefusedError } from "../sealed/key-refused-error.ts";

type Which = Pick<SealedVersion, "model" | "version">;

interface Refusal {
  readonly model: string;
  /** Refusals that somebody decided, one after the other. */
  readonly times: number;
  /** By the clock. */
  readonly askAt: number;
  /** The same in milliseconds since 1970, for people. */
  readonly askAtEpoch: number;
}

/** Milliseconds after the first refusal; each further one waits twice as long, up to the longest. What may pass by itself waits no longer than at first. */
const [firstWait, longestWait] = [60_000, 3_600_000];

const stays: ReadonlySet<string> = new Set([
  "root-mismatch",
  "file-changed",
  "code-not-measured",
] satisfies KeyRefusedCode[]);

export class RefusedModels {
  readonly #refusals = new Map<string, Refusal>();
  readonly #clock: Pick<Clock, "now" | "epoch">;

  constructor({ clock }: { readonly clock: Pick<Clock, "now" | "epoch"> }) {
    this.#clock = clock;
  }

  /** How long it waits, in milliseconds, until it is asked for again; null where only another file or another setting can help. */
  refused(which: Which, error: unknown): number | null {
    if (!(error instanceof KeyRefusedError) || stays.has(error.code)) {
      this.#refusals.delete(key(which));
      return null;
    }
    const before = this.#refusals.get(key(which))?.times ?? 0;
    // A broker that is away comes back without telling anybody.
    const passing = isPassing(error);
    const times = passing ? before : before + 1;
    const wait = passing ? firstWait : Math.min(longestWait, firstWait * 2 ** before);
    this.#refusals.set(key(which), { model: which.model, times, ...this.#in(wait) });
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
        this.#refusals.set(name, { ...refusal, times: 0, ...this.#in(0) });
      }
    }
  }

  /** The same statuses; of versions that wait for a key, with the time when it is asked for again. */
  explain(statuses: readonly ModelStatus[]): readonly ModelStatus[] {
    return statuses.map((status) => {
      const { name: model, version, state, reason } = status;
      const refusal = this.#refusals.get(key({ model, version }));
      if (state !== "end" || reason === undefined || !refusal || refusal.askAt === Number.POSITIVE_INFINITY)
        return status;
      return { ...status, reason: `${reason} (asked for again at ${new Date(refusal.askAtEpoch).toISOString()})` };
    });
  }

  #in(wait: number): Pick<Refusal, "askAt" | "askAtEpoch"> {
    return { askAt: this.#clock.now() + wait, askAtEpoch: this.#clock.epoch() + wait };
  }
}

function key({ model, version }: Which): string {
  return JSON.stringify([model, version]);
}
