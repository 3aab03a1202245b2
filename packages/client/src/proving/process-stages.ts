// The start of a process in a TEE as a table: which stage follows on what. Nothing else is possible.

/**
 * evidence → verdict → ready. `unproven`: nobody has accepted this process; there is no listener. `refused`: nobody will; the process
 * ends. Only from `verdict` on may it listen.
 */
export const processStages = {
  unproven: { "evidence-made": "evidence", failed: "refused" },
  evidence: { accepted: "verdict", refused: "refused", unavailable: "unproven" },
  verdict: { settled: "ready" },
  ready: {},
  refused: {},
} as const;

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;
export type EventOf<T extends Table> = { [S in keyof T]: keyof T[S] }[keyof T] & string;

export type ProcessStage = keyof typeof processStages;
export type ProcessEvent = EventOf<typeof processStages>;

/** The stage after `event`; null where the event cannot come in this stage. */
export function nextProcessStage(stage: ProcessStage, event: ProcessEvent): ProcessStage | null {
  return nextStage(processStages, stage, event);
}

/** The stage after `event` in any such table; null where the event cannot come in this stage. */
export function nextStage<T extends Table>(
  table: T,
  stage: keyof T & string,
  event: EventOf<T>,
): (keyof T & string) | null {
  const row = table[stage];
  if (!row || !Object.hasOwn(row, event)) return null;
  return row[event] ?? null;
}

/** Whether a process in this stage may have a listener. */
export function mayListen(stage: ProcessStage): boolean {
  return stage === "verdict" || stage === "ready";
}
