// PEM has one form: a changed character is never another writing of the same certificate.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DerError } from "../der/der-error.ts";
import { parsePemCertificates } from "./pem.ts";

const begin = "-----BEGIN CERTIFICATE-----";
const end = "-----END CERTIFICATE-----";
const one = `${begin}\nAAECAwQ=\n${end}\n`;

test("certificates come in order, with any line ends and with or without the last one", () => {
  const ders = parsePemCertificates(`${one}${one.replaceAll("\n", "\r\n")}${one.trimEnd()}`, 3);
  assert.deepEqual(
    ders.map((der) => [...der]),
    Array(3).fill([0, 1, 2, 3, 4]),
  );
});

const refused: Readonly<Record<string, string>> = {
  nothing: "",
  "another label": one.replaceAll("CERTIFICATE", "X509 CRL"),
  "a block without its end": one.slice(0, -10),
  "text before": `x${one}`,
  "text between": `${one}\n${one}`,
  "text after": `${one}x`,
  "a zero byte after": `${one}\0`,
  "an empty block": `${begin}\n${end}\n`,
  "an empty line": one.replace("AAEC", "AAEC\n\n"),
  "a space in a line": one.replace("AAEC", "AA EC"),
  "a lone carriage return": one.replace("AAECAwQ=\n", "AAECAwQ=\r"),
  "padding that is missing": one.replace("Q=", "Q"),
  "padding inside": one.replace("AAEC", "AA=="),
  "bits that stand for nothing": one.replace("AwQ=", "AwR="),
  "a character that is not base64": one.replace("AAEC", "AA*C"),
  "a fourth certificate": one.repeat(4),
  "more than 64 KiB": `${begin}\n${"AAAA\n".repeat(20_000)}${end}\n`,
};

for (const [name, text] of Object.entries(refused)) {
  test(`refuses ${name}`, () => {
    assert.throws(() => parsePemCertificates(text, 3), DerError);
  });
}

test("any text, and a changed one, gives certificates that it has one form for, or is refused", () => {
  const line = fc.oneof(fc.constantFrom(begin, end, "AAECAwQ=", "AAEC", "", "\r"), fc.string({ maxLength: 70 }));
  const edit = fc.tuple(fc.nat(one.length - 1), fc.nat(3), fc.string({ maxLength: 2 }));
  const texts = fc.oneof(
    fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n")),
    edit.map(([at, cut, put]) => one.slice(0, at) + put + one.slice(at + cut)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const ders = parsePemCertificates(text, 3);
        assert.ok(ders.length > 0 && ders.length <= 3);
        const bodies = text.split(begin).slice(1);
        const written = bodies.map((body) => body.slice(0, body.indexOf(end)).replaceAll(/\r?\n/g, ""));
        assert.deepEqual(
          ders.map((der) => Buffer.from(der).toString("base64")),
          written,
        );
      } catch (error) {
        assert.ok(error instanceof DerError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
