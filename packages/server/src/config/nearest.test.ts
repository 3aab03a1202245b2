// The suggestion for a misspelt key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const keys = ["host", "modelStore", "protocols", "protocols.openInference", "protocols.openInference.http"];

for (const [name, meant] of [
  ["modelstore", "modelStore"],
  ["model-store", "modelStore"],
  ["hots", "host"],
  ["http", "protocols.openInference.http"],
  ["protocols.openInferense.http", "protocols.openInference.http"],
  ["colour", null],
  ["", null],
] as const) {
  test(`'${name}' is near ${meant}`, () => assert.equal(nearest(name, keys), meant));
}
