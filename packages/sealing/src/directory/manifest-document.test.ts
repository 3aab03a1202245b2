// The manifest is read back as written, and in no other form.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { textOf, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { patternBytes } from "../testing/streams.ts";
import type { SealedEntry, SealedManifest } from "./manifest.ts";
import { encodeManifest, parseManifest } from "./manifest-document.ts";
import { merkleRoot } from "./merkle-root.ts";

const label = { name: "reader", version: "3" };

function entry(path: string, i: number): SealedEntry {
  return { path, size: i, sha256: patternBytes(32).fill(i), fileKeyName: patternBytes(32).fill(100 + i) };
}

function manifestOf(files: readonly SealedEntry[], more: Partial<SealedManifest> = {}): SealedManifest {
  const created = new Date("2026-08-01T09:30:00.000Z");
  return { model: label, created, files, root: merkleRoot(label, files), ...more };
}

const manifest = manifestOf(["a", "b/c.onnx", "b/d", "é"].map(entry));
const text = textOf(encodeManifest(manifest));

test("what is written is read back", () => {
  assert.deepEqual(parseManifest(utf8(text)), manifest);
  const empty = manifestOf([]);
  assert.deepEqual(parseManifest(encodeManifest(empty)), empty);
});

test("any other form is refused", () => {
  const cases: Readonly<Record<string, string>> = {
    "not JSON": text.slice(0, -5),
    "no object": "[]\n",
    null: "null\n",
    "another format": text.replace("directory/1", "directory/2"),
    "other spacing": text.replace("  ", " "),
    "no line feed": text.trimEnd(),
    "an unknown field": text.replace('"model": {', '"more": 1,\n  "model": {'),
    "a repeated field": text.replace('"root"', '"root": "",\n  "root"'),
    "a repeated path field": text.replace('"path": "a"', '"path": "z",\n      "path": "a"'),
    "a prototype": text.replace('"model": {', '"__proto__": {},\n  "model": {'),
    "no model": text.replace('"model"', '"modal"'),
    "no name": text.replace('"reader"', '""'),
    "a control character in the name": text.replace('"reader"', '"rea\\u0007der"'),
    "a number as version": text.replace('"3"', "3"),
    "no time": text.replace("2026-08-01T", "yesterday"),
    "a time written otherwise": text.replace("09:30:00.000Z", "11:30:00.000+02:00"),
    "files that are no list": text.replace(/"files": \[.*\]/s, '"files": {}'),
    "a negative size": text.replace('"size": 1', '"size": -1'),
    "a broken size": text.replace('"size": 1', '"size": 1.5'),
    "a size written otherwise": text.replace('"size": 1', '"size": 1e0'),
    "a large size": text.replace('"size": 1', '"size": 9007199254740993'),
    "another size": text.replace('"size": 1', '"size": 7'),
    "another version": text.replace('"version": "3"', '"version": "4"'),
    "a capital digest": text
      .replace(/"sha256": "(\w+)"/, (all) => all.toUpperCase().replace("SHA256", "sha256"))
      .replace(/00/, "AA"),
    "a short digest": text.replace(/"sha256": "00/, '"sha256": "'),
    "another root": text.replace(/"root": "../, '"root": "zz'),
    "a path that leaves": text.replace('"a"', '"../a"'),
    "another path": text.replace('"a"', '"A"'),
  };
  for (const [what, other] of Object.entries(cases)) {
    assert.notEqual(other, text, `${what} changes nothing`);
    assert.throws(() => parseManifest(utf8(other)), { code: "manifest-malformed" }, what);
  }
  const illFormed = utf8(text);
  illFormed[illFormed.indexOf(0xc3)] = 0xff;
  assert.throws(() => parseManifest(illFormed), { code: "manifest-malformed" });
});

test("files out of order, twice, or under one key are refused, though the root fits", () => {
  const [a, b] = [entry("a", 1), entry("b", 2)];
  for (const files of [
    [b, a],
    [a, a],
    [a, { ...b, fileKeyName: a.fileKeyName }],
  ]) {
    assert.throws(() => parseManifest(encodeManifest(manifestOf(files))), { code: "manifest-malformed" });
  }
});

test("the root is the tree of RFC 9162 over length-prefixed leaves", () => {
  const sha = (...parts: readonly Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
  const field = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const leaf = (...fields: readonly Uint8Array[]): Buffer => sha(Buffer.from([0]), ...fields.map(field));
  const node = (left: Uint8Array, right: Uint8Array): Buffer => sha(Buffer.from([1]), left, right);
  const model = leaf(utf8("sealserve model v1"), utf8("reader"), utf8("3"));
  const files = ["a", "b", "c", "d"].map(entry);
  const leaves = files.map(({ path, size, sha256 }) =>
    leaf(utf8(path), Buffer.from([0, 0, 0, 0, 0, 0, 0, size]), sha256),
  );
  const [a, b, c, d] = leaves;
  assert.ok(a && b && c && d);
  const root = (count: number): Buffer => Buffer.from(merkleRoot(label, files.slice(0, count)));
  assert.deepEqual(root(0), model);
  assert.deepEqual(root(1), node(model, a));
  assert.deepEqual(root(2), node(node(model, a), b));
  assert.deepEqual(root(3), node(node(model, a), node(b, c)));
  assert.deepEqual(root(4), node(node(node(model, a), node(b, c)), d));
});

test("no changed manifest is read as anything else: each edit is refused, or is the manifest of other values", () => {
  const edit = fc.tuple(fc.nat(text.length - 1), fc.nat(6), fc.string({ maxLength: 3, unit: "binary" }));
  fc.assert(
    fc.property(edit, ([at, cut, put]) => {
      const bytes = utf8(text.slice(0, at) + put + text.slice(at + cut));
      try {
        assert.deepEqual(encodeManifest(parseManifest(bytes)), bytes);
      } catch (error) {
        assert.equal(Object(error).code, "manifest-malformed", String(error));
      }
    }),
    { numRuns: 500 },
  );
  const noise = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(utf8));
  fc.assert(fc.property(noise, (bytes) => assert.throws(() => parseManifest(bytes), { code: "manifest-malformed" })));
});
