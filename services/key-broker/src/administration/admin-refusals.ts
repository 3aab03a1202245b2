// Tells the process log and the metrics of those whom the admin listener refuses: a guess, a stolen token, or somebody without the right.
import type { AnyKeyBrokerError } from "@sealserve/protocols/key-broker";
import { SampledWarning, type SampledWarningParts } from "../operations/sampled-warning.ts";

export interface AdminRefusalsParts extends SampledWarningParts {
  readonly onRefused: (reason: string) => void;
}

export class AdminRefusals {
  readonly #warning: SampledWarning;
  readonly #onRefused: (reason: string) => void;

  constructor({ onRefused, ...parts }: AdminRefusalsParts) {
    this.#warning = new SampledWarning("the admin listener refuses", parts);
    this.#onRefused = onRefused;
  }

  /** Nothing that was sent is told. */
  tell({ code, facts }: AnyKeyBrokerError, route: string): void {
    const reason = code === "admin-refused" ? facts.reason : code;
    this.#onRefused(reason);
    this.#warning.tell({ route, reason });
  }
}
