// Quotes of every version parse into what is in them; what is cut, padded, mislabelled or of another make has its code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMockIntel, type QuoteOptions } from "@sealserve/mock-tee";
import fc from "fast-check";
import { EvidenceError, type EvidenceErrorCode } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import { collateralRequest } from "./collateral-request.ts";
import { parseQuote } from "./parse-quote.ts";
import { isEvidenceError } from "./testing/is-error.ts";

const now = new Date("2026-11-20T12:00:00Z");
const mock = createMockIntel({}, { now: () => now });
const reportData = Uint8Array.from({ length: 64 }, (_, i) => 255 - i);

function sgx(options: QuoteOptions = {}): Uint8Array {
  return mock.quote({ tee: "sgx", mrEnclave: "e1".repeat(32), isvProdId: 258, isvSvn: 3 }, reportData, options);
}

function tdx(options: QuoteOptions = {}): Uint8Array {
  return mock.quote({ tee: "tdx", mrTd: "7d".repeat(48), mrServiceTd: "5e".repeat(48) }, reportData, options);
}

/** `bytes` with `patch` written at `at`. */
function patched(bytes: Uint8Array, at: number, ...patch: number[]): Uint8Array {
  const changed = bytes.slice();
  changed.set(patch, at);
  return changed;
}

for (const version of [3, 4, 5] as const) {
  test(`an SGX quote of version ${version}`, () => {
    const { body, signed, version: found } = parseQuote(sgx({ version }));
    assert.ok(body.tee === "sgx");
    assert.equal(found, version);
    assert.equal(signed.length, version === 5 ? 438 : 432);
    assert.equal(toHex(body.mrEnclave), "e1".repeat(32));
    assert.deepEqual([body.isvProdId, body.isvSvn, body.debug], [258, 3, false]);
    assert.deepEqual(body.reportData, reportData);
  });
}

for (const [version, tdVersion] of [
  [4, "1.0"],
  [5, "1.0"],
  [5, "1.5"],
] as const) {
  test(`a TDX quote of version ${version} with TD ${tdVersion}`, () => {
    const { body } = parseQuote(tdx({ version, tdVersion }));
    assert.ok(body.tee === "tdx");
    assert.equal(toHex(body.mrTd), "7d".repeat(48));
    assert.equal(body.current && toHex(body.current.mrServiceTd), tdVersion === "1.5" ? "5e".repeat(48) : null);
    assert.deepEqual(body.reportData, reportData);
  });
}

const v3 = sgx();
const v4 = tdx();
const v5 = tdx({ version: 5, tdVersion: "1.5" });
const authAt = { v3: 432, v4: 48 + 584 };

const refused: readonly (readonly [string, EvidenceErrorCode, Uint8Array])[] = [
  // A2
  ["auth_len of 4 GiB", "truncated", patched(v3, authAt.v3, 0xff, 0xff, 0xff, 0xff)],
  ["a certificate of 4 GiB", "truncated", patched(v3, authAt.v3 + 4 + 576 + 2 + 32 + 2, 0xff, 0xff, 0xff, 0xff)],
  ["65535 bytes of QE authentication data", "truncated", patched(v3, authAt.v3 + 4 + 576, 0xff, 0xff)],
  ["outer certification data of type 5", "unsupported", patched(v4, authAt.v4 + 4 + 128, 5, 0)],
  ["inner certification data of type 7", "unsupported", sgx({ certificationType: 7 })],
  ["a certificate one byte short of its section", "malformed", shortened(v3, authAt.v3 + 4 + 576 + 2 + 32 + 2)],
  ["an outer length one byte short", "truncated", shortened(v4, authAt.v4 + 4 + 128 + 2)],
  // A3
  ...[0, 1, 2, 6].map((version) => [`version ${version}`, "unsupported", patched(v3, 0, version, 0)] as const),
  ["version 65535", "unsupported", patched(v3, 0, 0xff, 0xff)],
  ["an attestation key of P-384", "unsupported", patched(v3, 2, 3)],
  ["TEE type 1", "unsupported", patched(v4, 4, 1)],
  ["another vendor", "unsupported", patched(v3, 12, 0x94)],
  // A4
  ["version 3 of TDX", "unsupported", patched(v3, 4, 0x81)],
  ["version 5 with a body type of no meaning", "unsupported", patched(v5, 48, 4)],
  ["version 5 of TDX with an SGX body", "unsupported", patched(v5, 48, 1)],
  ["version 5 of SGX with a TD body", "unsupported", patched(v5, 4, 0)],
  ["version 5 with a size of another body", "malformed", patched(v5, 50, 0x48, 0x02)],
  ["a byte that is not zero behind the quote", "trailing-bytes", sgx({ padding: Uint8Array.of(0, 0, 1) })],
  ["a chain of two certificates", "chain-malformed", sgx({ pckChain: mock.chain.leaf.pem + mock.chain.root.pem })],
  ["no PEM", "chain-malformed", sgx({ pckChain: "x" })],
];

/** One byte less is announced at `at` (u32) than there is. */
function shortened(bytes: Uint8Array, at: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return patched(bytes, at, (view.getUint8(at) - 1) & 0xff);
}

for (const [name, code, bytes] of refused) {
  test(`refuses ${name}: ${code}`, () => {
    assert.throws(() => parseQuote(bytes), isEvidenceError(code));
  });
}

test("A1: every prefix is truncated", () => {
  for (const quote of [v3, v4, v5]) {
    for (let length = 0; length < quote.length; length++) {
      assert.throws(() => parseQuote(quote.subarray(0, length)), isEvidenceError("truncated"), String(length));
    }
  }
});

test("zero bytes behind a quote are padding", () => {
  assert.equal(parseQuote(sgx({ padding: new Uint8Array(3065) })).version, 3);
});

test("a quote that only names its certificate parses, but nothing can be fetched for it", () => {
  const quote = parseQuote(sgx({ certificationType: 3 }));
  assert.equal(quote.certification.kind, "reference");
  assert.throws(() => collateralRequest(quote), isEvidenceError("unsupported"));
});

test("any bytes, and any change of a quote: a quote or an EvidenceError", () => {
  const parse = (bytes: Uint8Array): void => {
    try {
      collateralRequest(parseQuote(bytes));
    } catch (error) {
      assert.ok(error instanceof EvidenceError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), parse), { numRuns: 200 });
  const change = fc.record({ at: fc.nat(v5.length - 1), byte: fc.nat(255), cut: fc.nat(64) });
  fc.assert(
    fc.property(fc.constantFrom(v3, v4, v5), fc.array(change, { minLength: 1, maxLength: 4 }), (quote, changes) => {
      const bytes = quote.slice();
      for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
      parse(bytes.subarray(0, bytes.length - (changes[0]?.cut ?? 0)));
    }),
    { numRuns: 1000 },
  );
});
