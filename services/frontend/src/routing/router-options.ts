// How the router treats backends, where nobody says otherwise.
import type { HealthOptions } from "./health.ts";

/** Times in milliseconds. */
export interface RouterOptions extends HealthOptions {
  /** Between two reports of a backend, a tenth more or less. */
  readonly reportInterval: number;
  /** How long a report, or the taking of a desired state, may take. */
  readonly reportTimeout: number;
  /** Where nothing comes back for so long, not even a refusal, requests in flight are given up. */
  readonly silenceLimit: number;
}

export const defaultRouterOptions: RouterOptions = {
  reportInterval: 1_000,
  reportTimeout: 2_000,
  silenceLimit: 15_000,
  maxFailures: 3,
  maxMissed: 2,
  ejection: 1_000,
  longestEjection: 30_000,
};
