// The way of a sealed model to being served, as a table: which stage follows on what. Nothing else is possible.
import { type EventOf, nextStage } from "@sealserve/client/proving";

/** key → root matched → ready, for each sealed version. What is refused is asked for again only when somebody says so. */
export const modelStages = {
  sealed: { "key-released": "key", refused: "refused" },
  key: { "root-matched": "root-matched", refused: "refused" },
  "root-matched": { loaded: "ready", refused: "refused" },
  ready: { refused: "refused", asked: "sealed" },
  refused: { asked: "sealed" },
} as const;

export type ModelStage = keyof typeof modelStages;
export type ModelEvent = EventOf<typeof modelStages>;

/** The stage after `event`; null where the event cannot come in this stage. */
export function nextModelStage(stage: ModelStage, event: ModelEvent): ModelStage | null {
  return nextStage(modelStages, stage, event);
}
