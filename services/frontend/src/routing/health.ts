// Whether a backend may be asked, as a pure state machine: thrown out after failures or silence, let back in by its reports.

export type Health =
  /** `failures`, `missed`: requests that failed and reports that did not come, in a row. `ejections`: times it was thrown out lately. */
  | { readonly state: "in"; readonly failures: number; readonly missed: number; readonly ejections: number }
  /** Back for a trial: one failure throws it out for longer, one answer lets it stay. */
  | { readonly state: "trial"; readonly missed: number; readonly ejections: number }
  /** Not before `until`, in milliseconds, and not without a report. */
  | { readonly state: "out"; readonly until: number; readonly ejections: number };

export type HealthEvent =
  /** A request was answered, were it by a refusal. */
  | "answered"
  /** A request was not answered: no connection, or one that broke. */
  | "failed"
  | "reported"
  | "silent";

export interface HealthOptions {
  /** Requests in a row that fail before it is thrown out. */
  readonly maxFailures: number;
  /** Reports in a row that do not come before it is thrown out. */
  readonly maxMissed: number;
  /** How long it is out at first, in milliseconds; twice as long each time, up to `longestEjection`. */
  readonly ejection: number;
  readonly longestEjection: number;
}

export const healthy = { state: "in", failures: 0, missed: 0, ejections: 0 } as const satisfies Health;

/** Total: every event is taken in every state. */
export function nextHealth(health: Health, event: HealthEvent, now: number, options: HealthOptions): Health {
  switch (health.state) {
    case "in":
      return whileIn(health, event, now, options);
    case "trial":
      if (event === "answered") return healthy;
      if (event === "reported") return health.missed === 0 ? health : { ...health, missed: 0 };
      if (event === "failed") return ejected(health, now, options);
      return health.missed + 1 < options.maxMissed
        ? { ...health, missed: health.missed + 1 }
        : silenced(health.ejections, now);
    case "out":
      // Answers to requests that it still had say nothing about new ones.
      if (event !== "reported" || now < health.until) return health;
      return { state: "trial", missed: 0, ejections: health.ejections };
  }
}

function whileIn(
  health: Extract<Health, { state: "in" }>,
  event: HealthEvent,
  now: number,
  options: HealthOptions,
): Health {
  switch (event) {
    case "answered":
      return health.failures + health.missed === 0 ? health : { ...health, failures: 0, missed: 0 };
    case "reported":
      return health.missed === 0 ? health : { ...health, missed: 0 };
    case "failed":
      if (health.failures + 1 < options.maxFailures) return { ...health, failures: health.failures + 1 };
      return ejected(health, now, options);
    case "silent":
      if (health.missed + 1 < options.maxMissed) return { ...health, missed: health.missed + 1 };
      return silenced(health.ejections, now);
  }
}

function ejected({ ejections }: { readonly ejections: number }, now: number, options: HealthOptions): Health {
  const time = Math.min(options.longestEjection, options.ejection * 2 ** ejections);
  return { state: "out", until: now + time, ejections: ejections + 1 };
}

/** Who is silent comes back with the first report: there is nothing else to wait for. */
function silenced(ejections: number, now: number): Health {
  return { state: "out", until: now, ejections };
}
