// Path patterns: what they take, what they capture, and that filling in gives back what was captured.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isInferenceError } from "@sealserve/inference";
import fc from "fast-check";
import { pathPattern } from "./path-pattern.ts";

describe("a path pattern", () => {
  const pattern = pathPattern("/v2/models/{model}[/versions/{version}]/infer");

  it("captures segments, optional ones too, percent-decoded", () => {
    assert.deepEqual(pattern.match("/v2/models/a%20b/infer"), { model: "a b" });
    assert.deepEqual(pattern.match("/v2/models/a/versions/1.0/infer"), { model: "a", version: "1.0" });
  });

  it("takes the whole path only", () => {
    for (const path of [
      "/v2/models/a",
      "/v2/models//infer",
      "/v2/models/a/b/infer",
      "/v2/models/a/infer/",
      "/V2/models/a/infer",
    ]) {
      assert.equal(pattern.match(path), null, path);
      assert.equal(pattern.accepts(path), false, path);
    }
  });

  it("refuses what is not percent-encoded UTF-8, but still says that it accepts the path", () => {
    assert.equal(pattern.accepts("/v2/models/%ff/infer"), true);
    assert.throws(
      () => pattern.match("/v2/models/%ff/infer"),
      (error) => isInferenceError(error) && error.code === "malformed",
    );
  });

  it("gives back what it filled in", () => {
    const segment = fc.string({ minLength: 1, unit: "grapheme" });
    fc.assert(
      fc.property(fc.record({ model: segment, version: fc.option(segment, { nil: undefined }) }), (captured) => {
        const { model, version } = captured;
        const expected = version === undefined ? { model } : { model, version };
        assert.deepEqual(pattern.match(pattern.fill(captured)), expected);
      }),
    );
  });

  it("can take the rest of the path, be held to a form, and ignore case", () => {
    assert.deepEqual(pathPattern("/p/{model}[/{rest*}]").match("/p/m/a/b%2Fc"), { model: "m", rest: "a/b/c" });
    const numbered = pathPattern("/v1/{model}/versions/{version}", { limits: { version: "\\d+" }, ignoreCase: true });
    assert.deepEqual(numbered.match("/V1/M/Versions/12"), { model: "M", version: "12" });
    assert.equal(numbered.match("/v1/m/versions/one"), null);
  });
});
