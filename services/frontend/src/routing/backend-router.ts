// Routes requests to backends: an inference service over all of them.
import type { InferenceService } from "@sealserve/inference";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { BackendReport, OpenLink } from "../backends/backend-link.ts";
import type { Discovery } from "../discovery/discovery.ts";
import type { DesiredStates } from "../state/desired-states.ts";

export interface BackendRouterParts {
  readonly openLink: OpenLink;
  readonly discovery: Discovery;
  /** Each backend is given the newest one before requests go to it. */
  readonly desired: DesiredStates;
  readonly clock: Clock;
  /** From 0 to 1, as `Math.random`. */
  random(): number;
  readonly logger: Logger;
}

/** One backend as it stands. */
export interface BackendView {
  readonly url: string;
  /** The last one; null before the first. */
  readonly report: BackendReport | null;
  /** Milliseconds since the last report; null before the first. */
  readonly reportAge: number | null;
  /** Whether requests go to it: ready, not draining, not ejected, given the desired state. */
  readonly routable: boolean;
  readonly ejected: boolean;
  /** Requests in flight. */
  readonly outstanding: number;
  readonly requests: number;
  /** Requests that it did not answer. */
  readonly failures: number;
  /** Why it cannot be reached; null where it can. */
  readonly problem: string | null;
}

/** Disposing lets go of every backend; requests in flight fail. */
export interface BackendRouter extends AsyncDisposable {
  readonly service: InferenceService;
  /** All that were discovered, by URL. */
  backends(): readonly BackendView[];
  /** Whether at least one backend is routable. */
  ready(): boolean;
  /** Calls `act` after each report that differs from the one before, and whenever backends come or go, until the result is disposed. */
  onChange(act: () => void): Disposable;
}
