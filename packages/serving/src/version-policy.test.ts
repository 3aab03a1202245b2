// Both version policies, as one table.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { VersionPhase } from "./version-phase.ts";
import {
  availabilityPreserving,
  resourcePreserving,
  type VersionPolicy,
  type VersionSnapshot,
} from "./version-policy.ts";

/** Versions newest first, as `2 new, 1 available gone`; `gone`: not aspired any more. */
function versions(text: string): VersionSnapshot[] {
  return text.split(", ").flatMap((entry) => {
    const [version = "", phase, gone] = entry.split(" ");
    return version === "" ? [] : [{ version, phase: phase as VersionPhase, aspired: gone === undefined }];
  });
}

function decide(policy: VersionPolicy, text: string): string {
  const action = policy(versions(text));
  return action ? `${action.action} ${action.version}` : "wait";
}

/** What is there · what preserving availability does · what preserving resources does. */
const table: readonly (readonly [string, string, string])[] = [
  ["", "wait", "wait"],
  ["1 new", "load 1", "load 1"],
  ["1 loading", "wait", "wait"],
  ["1 available", "wait", "wait"],
  ["1 ended", "wait", "wait"],
  ["2 new, 1 new", "load 2", "load 2"],
  ["2 loading, 1 new", "load 1", "load 1"],
  ["2 new, 1 available gone", "load 2", "unload 1"],
  ["2 approved, 1 available gone", "wait", "unload 1"],
  ["2 loading, 1 available gone", "wait", "unload 1"],
  ["2 backing-off, 1 available gone", "wait", "unload 1"],
  ["2 available, 1 available gone", "unload 1", "unload 1"],
  ["2 ended, 1 available gone", "wait", "unload 1"],
  ["2 new, 1 quiescing gone", "load 2", "wait"],
  ["2 new, 1 unloading gone", "load 2", "wait"],
  ["2 new, 1 aborting gone", "load 2", "wait"],
  ["2 new, 1 ended gone", "load 2", "load 2"],
  ["2 new, 1 new gone", "load 2", "load 2"],
  ["3 available, 2 available gone, 1 available gone", "unload 1", "unload 1"],
  ["2 available gone, 1 available gone", "unload 1", "unload 1"],
  ["2 available gone, 1 new", "load 1", "unload 2"],
  ["2 available gone, 1 available", "unload 2", "unload 2"],
  ["2 unloading gone, 1 available", "wait", "wait"],
];

describe("version policies", () => {
  for (const [there, availability, resources] of table) {
    it(`with [${there}]: ${availability}, or, sparing resources, ${resources}`, () => {
      assert.equal(decide(availabilityPreserving, there), availability);
      assert.equal(decide(resourcePreserving, there), resources);
    });
  }
});
