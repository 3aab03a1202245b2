// The start of a process in a TEE, and of each sealed model in it, as two tables: which stage follows on what. Nothing else is possible.

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

/** key → root matched → ready, for each sealed version. What is refused is asked for again only when somebody says so. */
export const modelStages = {
  sealed: { "key-released": "key", refused: "refused" },
  key: { "root-matched": "root-matched", refused: "refused" },
  "root-matched": { loaded: "ready", refused: "refused" },
  ready: { refused: "refused", asked: "sealed" },
  refused: { asked: "sealed" },
} as const;

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;
type EventOf<T extends Table> = { [S in keyof T]: keyof T[S] }[keyof T] & string;

export type ProcessStage = keyof typeof processStages;
export type ProcessEvent = EventOf<typeof processStages>;
export type ModelStage = keyof typeof modelStages;
export type ModelEvent = EventOf<typeof modelStages>;

/** The stage after `event`; null where the event cannot come in this stage. */
export function nextProcessStage(stage: ProcessStage, event: ProcessEvent): ProcessStage | null {
  return next(processStages, stage, event);
}

export function nextModelStage(stage: ModelStage, event: ModelEvent): ModelStage | null {
  return next(modelStages, stage, event);
}

function next<T extends Table>(table: T, stage: keyof T & string, event: EventOf<T>): (keyof T & string) | null {
  const row = table[stage];
  if (!row || !Object.hasOwn(row, event)) return null;
  return row[event] ?? null;
}

/** Whether a process in this stage may have a listener. */
export function mayListen(stage: ProcessStage): boolean {
  return stage === "verdict" || stage === "ready";
}
