// Every transition of a sealed model, written out: what is not in this table cannot happen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModelEvent, type ModelStage, modelStages, nextModelStage } from "./model-stages.ts";

const modelEvents: readonly ModelEvent[] = ["asked", "key-released", "root-matched", "loaded", "refused"];
const modelTable: Readonly<Record<ModelStage, Partial<Record<ModelEvent, ModelStage>>>> = {
  sealed: { "key-released": "key", refused: "refused" },
  key: { "root-matched": "root-matched", refused: "refused" },
  "root-matched": { loaded: "ready", refused: "refused" },
  ready: { refused: "refused", asked: "sealed" },
  refused: { asked: "sealed" },
};

test("a model goes where its table says, and nowhere else", () => {
  for (const stage of Object.keys(modelStages) as ModelStage[]) {
    for (const event of modelEvents) {
      assert.equal(nextModelStage(stage, event), modelTable[stage][event] ?? null, `${stage} ${event}`);
    }
  }
});

test("an event that is none, such as a member that every object has, leads nowhere", () => {
  assert.equal(nextModelStage("sealed", "__proto__" as ModelEvent), null);
});
