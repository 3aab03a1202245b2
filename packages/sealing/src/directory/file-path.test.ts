// Paths that leave a directory, or that some system reads otherwise, are refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { directKey } from "../testing/direct-key.ts";
import { sealModel } from "../testing/sealed-model.ts";
import { checkFilePath } from "./file-path.ts";

test("ordinary paths are fine", () => {
  for (const path of [
    "a",
    "1/model.onnx",
    "config.pbtxt",
    "deep/er/é 漢.bin",
    ".keep",
    "..a/b..",
    "manifest.age",
    "x/manifest",
  ]) {
    checkFilePath(path);
  }
});

test("G1: others are refused", () => {
  const refused = [
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "../a",
    "a/../b",
    "a/./b",
    "a\\b",
    "C:x",
    "a\u0000b",
    "a\nb",
    "e\u0301",
    "\ud800",
    "x".repeat(1025),
    "manifest",
  ];
  for (const path of refused) assert.throws(() => checkFilePath(path), { code: "path-refused" }, JSON.stringify(path));
});

test("a model without a name or version is not sealed", async () => {
  for (const label of [
    { name: "", version: "1" },
    { name: "reader", version: "" },
    { name: "a\nb", version: "1" },
    { name: "x".repeat(257), version: "1" },
  ]) {
    await assert.rejects(sealModel({}, directKey(), label), { code: "label-refused" });
  }
});

test("a directory with such a file is not sealed at all", async () => {
  let written = 0;
  const counting = {
    wrap(fileKey: Uint8Array) {
      written += 1;
      return directKey().wrap(fileKey);
    },
  };
  await assert.rejects(sealModel({ good: new Uint8Array(), "../bad": new Uint8Array() }, counting), {
    code: "path-refused",
    facts: { path: "../bad", problem: "a segment is empty, '.' or '..'" },
  });
  assert.equal(written, 0);
});
