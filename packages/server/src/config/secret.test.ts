// A secret shows itself to those who ask by name, and to nobody else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { printConfig } from "./print-config.ts";
import { Secret } from "./secret.ts";

const text = "correct horse battery staple";

test("no way of printing shows it", () => {
  const secret = new Secret(Buffer.from(text));
  const printed = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ secret }, { showHidden: true, depth: 9 }),
    printConfig({ secret }),
    Object.values(secret).join(),
  ];
  for (const each of printed) assert.doesNotMatch(each, /correct|99,111/);
});

test("reveals its bytes until it is wiped", () => {
  const bytes = Buffer.from(text);
  const secret = new Secret(bytes);
  assert.equal(Buffer.from(secret.reveal()).toString(), text);
  secret[Symbol.dispose]();
  assert.ok(bytes.every((byte) => byte === 0));
  assert.throws(() => secret.reveal());
});
