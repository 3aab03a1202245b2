// Whatever lies in a folder, a bundle or an answer as collateral, reading it gives a value or an error of ours.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createMockIntel } from "@sealserve/mock-tee";
import { utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { CollateralError } from "../collateral-error.ts";
import { parseTrustAnchors } from "../parse-trust-anchors.ts";
import { readBundle, writeBundle } from "./bundle.ts";
import { readCollateralFile } from "./collateral-file.ts";
import { toFiles } from "./collateral-files.ts";
import { readCollateralJson, writeCollateralJson } from "./collateral-json.ts";
import { readCrlBody, readSignedDocument } from "./intel-answer.ts";

const intel = createMockIntel({}, { now: () => new Date("2026-06-15T12:00:00Z") });
const collateral = intel.collateral("tdx");
const json = writeCollateralJson(collateral);
const { fmspc } = intel.platform;
const files = toFiles({ kind: "dcap", tee: "tdx", fmspc, ca: "platform" }, collateral);
const created = new Date("2026-06-15T12:00:00Z");

function isOurs(error: unknown): true {
  assert.ok(error instanceof CollateralError, String(error));
  return true;
}

function tried(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    isOurs(error);
  }
}

const cuts = (length: number) => fc.tuple(fc.nat(length - 1), fc.nat(40), fc.string({ maxLength: 4, unit: "binary" }));
const cut = (text: string, [at, count, put]: readonly [number, number, string]): string =>
  text.slice(0, at) + put + text.slice(at + count);

test("any bytes as a file or as an answer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const given of [bytes, Uint8Array.of(0x30, 0x82, ...bytes), Uint8Array.of(0x7b, ...bytes, 0x7d)]) {
        tried(() => readCollateralFile({ name: "any", bytes: given }));
        tried(() => readCrlBody(given, "any"));
        tried(() => readSignedDocument(given, "tcbInfo", "any"));
      }
    }),
  );
});

test("a changed file of each kind", () => {
  const pem = utf8(collateral.tcbInfoIssuerChain);
  const all = [...files, { name: "chain.pem", bytes: pem }, { name: "root.crl", bytes: collateral.rootCaCrl }];
  for (const { name, bytes } of all) {
    readCollateralFile({ name, bytes });
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(bytes.length), (changes, length) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        tried(() => readCollateralFile({ name, bytes: changed }));
        tried(() => readCollateralFile({ name, bytes: bytes.subarray(0, length) }));
      }),
    );
  }
});

test("a changed JSON object of collateral, and one with anything in a field's place", () => {
  const whole: object = JSON.parse(json);
  fc.assert(fc.property(cuts(json.length), (edit) => tried(() => readCollateralJson(cut(json, edit)))));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(whole)), fc.jsonValue(), (key, value) => {
      tried(() => readCollateralJson(JSON.stringify({ ...whole, [key]: value })));
    }),
  );
});

test("what was exported is read as it was; a changed bundle is refused", async () => {
  const window = { from: created.getTime() - 1000, until: created.getTime() + 1000 };
  const text = await writeBundle({ created, window, files });
  assert.deepEqual(await readBundle(text), { created, window, files });
  const meaning = JSON.stringify(JSON.parse(text));
  await fc.assert(
    fc.asyncProperty(cuts(text.length), async (edit) => {
      const changed = cut(text, edit);
      // Blanks between its members say nothing.
      if (sameJson(changed, meaning)) return;
      await assert.rejects(readBundle(changed), isOurs);
    }),
    { numRuns: 300 },
  );
});

test("B16 a bundle whose dates are none is refused, though its digest fits", async () => {
  const dates = ["yesterday", "", "2026-06-15", "2026-06-15T12:00:00.000Z "];
  for (const validUntil of dates) {
    const head = { created: created.toISOString(), validFrom: created.toISOString(), validUntil };
    const sha256 = createHash("sha256").update(Object.values(head).join("\n")).digest("hex");
    const text = JSON.stringify({ format: "sealserve-collateral-bundle/1", ...head, sha256, members: [] });
    await assert.rejects(readBundle(text), { code: "malformed" }, validUntil);
  }
});

function sameJson(text: string, meaning: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === meaning;
  } catch {
    return false;
  }
}

test("anything as trust anchors", () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (data) => {
      for (const given of [data, [data], { ...intel.anchor, sha256: data }]) {
        try {
          parseTrustAnchors(given);
        } catch (error) {
          assert.equal(Object(error).code, "policy-malformed", String(error));
        }
      }
    }),
  );
});
