// One backend as it stands: for readiness, metrics, evidence, and whoever waits for a change.
import type { BackendReport } from "../backends/backend-link.ts";

export interface BackendView {
  readonly url: string;
  /** The last one; null before the first. */
  readonly report: BackendReport | null;
  /** Milliseconds since the last report; null before the first. */
  readonly reportAge: number | null;
  /** Whether requests go to it: ready, not draining, not ejected, given a desired state. */
  readonly routable: boolean;
  /** Whether requests can go to it at all: also as the last resort, where no other backend is routable. */
  readonly asked: boolean;
  readonly ejected: boolean;
  /** Requests in flight. */
  readonly outstanding: number;
  readonly requests: number;
  /** Requests that it did not answer. */
  readonly failures: number;
  /** Why its last report did not come; null where it came, or was not asked for yet. */
  readonly problem: string | null;
}
