// Which versions are served.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { all, latest, type ServedVersions, specific } from "./served-versions.ts";

const existing = ["10", "1.0", "9", "beta"].map((version) => ({ version, item: `at ${version}` }));
const serve = (choice: ServedVersions): string[] => choice(existing).map(({ version }) => version);

describe("served versions", () => {
  it("latest takes the newest, and never none", () => {
    assert.deepEqual(serve(latest(1)), ["10"]);
    assert.deepEqual(serve(latest(2)), ["9", "10"]);
    assert.deepEqual(serve(latest(0)), ["10"]);
    assert.deepEqual(serve(latest(100)), ["beta", "1.0", "9", "10"]);
  });

  it("all takes all, oldest first", () => {
    assert.deepEqual(serve(all), ["beta", "1.0", "9", "10"]);
  });

  it("specific takes what exists, however it is spelt", () => {
    assert.deepEqual(serve(specific(["1", "010", "7"])), ["1.0", "10"]);
    assert.deepEqual(serve(specific([])), []);
  });

  it("keeps the items", () => {
    assert.deepEqual(latest(1)(existing), [{ version: "10", item: "at 10" }]);
  });
});
