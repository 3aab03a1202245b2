// Each kind of setting: what it takes and what it refuses.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import type { z } from "zod";
import { printConfig } from "./print-config.ts";
import { byteSize, clientRootsSetting, duration, portSetting, secretFile, tlsSetting } from "./settings.ts";

for (const [name, setting, taken, refused] of [
  [
    "port",
    portSetting,
    [
      [0, 0],
      [8080, 8080],
      [65_535, 65_535],
      [false, false],
    ],
    [true, -1, 65_536, 1.5, "80", null],
  ],
  [
    "duration",
    duration,
    [
      ["30s", 30_000],
      ["100ms", 100],
      ["1.5m", 90_000],
      ["2 h", 7_200_000],
      [250, 250],
    ],
    ["30", "s", "-1s", "1d", -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "99999999999999999h", true],
  ],
  [
    "size",
    byteSize,
    [
      ["64MiB", 67_108_864],
      ["1.5kB", 1500],
      ["7B", 7],
      [1000, 1000],
    ],
    ["64", "64mb", "-1B", -1, 0.5, "99999999999GiB", null],
  ],
  [
    "tls",
    tlsSetting,
    [
      ["self-signed", "self-signed"],
      [null, null],
    ],
    ["", "letsencrypt", {}, { cert: "a" }, { cert: "a", key: "" }],
  ],
] as const satisfies readonly (readonly [
  string,
  z.ZodType,
  readonly (readonly [unknown, unknown])[],
  readonly unknown[],
])[]) {
  test(`a ${name} is taken`, () => {
    for (const [given, meant] of taken) assert.equal(setting.parse(given), meant);
  });
  test(`what is no ${name} is refused`, () => {
    for (const given of refused) assert.equal(setting.safeParse(given).success, false, String(given));
  });
}

test("a secret is read from its file, and a fault does not repeat what was given", () => {
  assert.equal(String(secretFile.parse(import.meta.filename)), "[secret]");
  const { error } = secretFile.safeParse("hunter2");
  assert.doesNotMatch(JSON.stringify(error?.issues), /hunter2/);
});

test("authorities of clients print as their certificates, and remember the file to read again", async () => {
  const { roots } = await testAuthority();
  const folder = mkdtempSync(join(tmpdir(), "sealserve-roots-"));
  try {
    const file = join(folder, "ca.crt");
    writeFileSync(file, roots);
    const [read, given] = [clientRootsSetting.parse(file), clientRootsSetting.parse(roots)];
    assert.deepEqual([read.files, given.files], [[file], []]);
    assert.equal(printConfig({ roots: read }), printConfig({ roots: given }));
    assert.match(printConfig({ roots: read }), /BEGIN CERTIFICATE/);
    assert.equal(clientRootsSetting.safeParse(join(folder, "none")).success, false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
