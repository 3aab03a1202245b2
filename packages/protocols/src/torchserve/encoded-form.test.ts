// URL-encoded forms as TorchServe's reader takes them.
import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "@sealserve/primitives";
import { readEncodedForm, writeEncodedForm } from "./encoded-form.ts";
import { TorchserveRefusal } from "./refusal.ts";

const read = (form: string, most = 10) =>
  readEncodedForm(utf8(form), most).map(({ name, bytes }) => [name, String.fromCharCode(...bytes)]);

for (const [form, expected] of [
  [
    "a=1&b=2%20x+y&a=3",
    [
      ["a", "1"],
      ["b", "2 x y"],
      ["a", "3"],
    ],
  ],
  ["a=%00%fF%80", [["a", "\u0000\u00ff\u0080"]]],
  ["a=b=c", [["a", "b=c"]]],
  ["a=", [["a", ""]]],
  [
    "a&b=1",
    [
      ["a", ""],
      ["b", "1"],
    ],
  ],
  ["a=1&", [["a", "1"]]],
  ["a=1\r\nb=2", [["a", "1"]]],
  ["+a+=1", [["a", "1"]]],
  ["a%3D1=2", [["a=1", "2"]]],
  ["a=1&b", [["a", "1"]]],
  ["hello", []],
  ['{"a": 1}', []],
  ["", []],
] as const) {
  test(`the form ${JSON.stringify(form)}`, () => deepEqual(read(form), expected));
}

for (const [form, message] of [
  ["=1", "java.lang.IllegalArgumentException: empty name"],
  ["a=1&&b=2", "java.lang.IllegalArgumentException: empty name"],
  ["a%=1", "Bad string: 'a%'"],
  ["a=xx%zz", "Invalid hex byte at index '2'"],
  ["a=%f", "Invalid hex byte at index '0'"],
] as const) {
  test(`the form ${form} is refused`, () => {
    throws(
      () => read(form),
      (error) => {
        equal(error instanceof TorchserveRefusal && error.document.type, "ErrorDataDecoderException");
        equal(error instanceof TorchserveRefusal && error.document.message, message);
        return true;
      },
    );
  });
}

test("any bytes come back as they were written", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const fields = [
    { name: "a=&ü", bytes },
    { name: "b", bytes: new Uint8Array() },
  ];
  deepEqual(
    readEncodedForm(utf8(writeEncodedForm(fields)), 2).map(({ name, bytes: read }) => ({ name, bytes: read })),
    fields,
  );
});

test("more fields than there may be are refused", () => {
  equal(read("a=&b=&c=", 3).length, 3);
  throws(() => read("a=&b=&c=&d=", 3), { code: "malformed" });
});
