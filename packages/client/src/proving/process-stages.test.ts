// Every transition of a start in a TEE, written out: what is not in this table cannot happen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mayListen, nextProcessStage, type ProcessEvent, type ProcessStage, processStages } from "./process-stages.ts";

const processEvents: readonly ProcessEvent[] = [
  "evidence-made",
  "accepted",
  "refused",
  "unavailable",
  "failed",
  "settled",
];
const processTable: Readonly<Record<ProcessStage, Partial<Record<ProcessEvent, ProcessStage>>>> = {
  unproven: { "evidence-made": "evidence", failed: "refused" },
  evidence: { accepted: "verdict", refused: "refused", unavailable: "unproven" },
  verdict: { settled: "ready" },
  ready: {},
  refused: {},
};

test("a process goes where its table says, and nowhere else", () => {
  for (const stage of Object.keys(processStages) as ProcessStage[]) {
    for (const event of processEvents) {
      assert.equal(nextProcessStage(stage, event), processTable[stage][event] ?? null, `${stage} ${event}`);
    }
  }
});

test("nobody listens before a verdict, whatever happens until then", () => {
  const reached = new Set<ProcessStage>();
  const walk = (stage: ProcessStage, accepted: boolean): void => {
    if (!accepted) assert.equal(mayListen(stage), false, stage);
    if (reached.has(stage) && !accepted) return;
    reached.add(stage);
    for (const event of processEvents) {
      const next = nextProcessStage(stage, event);
      if (next !== null && !(accepted && next === stage)) walk(next, accepted || event === "accepted");
    }
  };
  walk("unproven", false);
  assert.ok(mayListen("verdict") && mayListen("ready") && !mayListen("refused"));
});

test("an event that is none, such as a member that every object has, leads nowhere", () => {
  assert.equal(nextProcessStage("unproven", "constructor" as ProcessEvent), null);
});
