// How the key broker of a configuration may be reached, and what is taken for its authorities.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { identitySetting } from "./identity-setting.ts";

const accepts = (setting: object): boolean => identitySetting.safeParse(setting).success;
const both = (reached: object): boolean[] => [
  accepts({ keyBroker: { tenant: "acme", ...reached } }),
  accepts({ kbs: { resource: "a/b/c", ...reached } }),
];

test("plain http reaches this machine only, unless the configuration says that it is insecure", () => {
  for (const url of ["https://broker.example", "http://127.0.0.1:8440", "http://localhost", "http://[::1]:8440"]) {
    assert.deepEqual(both({ url }), [true, true], url);
  }
  for (const url of [
    "http://broker.example",
    "http://localhost.example",
    "http://192.0.2.1:8440",
    "http://127.0.0.1.example",
  ]) {
    assert.deepEqual(both({ url }), [false, false], url);
    assert.deepEqual(both({ url, insecurePlaintext: true }), [true, true], url);
  }
  for (const url of ["ftp://127.0.0.1", "broker.example", ""]) assert.deepEqual(both({ url }), [false, false], url);
});

test("authorities are certificates, from a file or in place; what prints is the certificates", async () => {
  const { roots } = await testAuthority();
  const folder = await mkdtemp(join(tmpdir(), "identity-setting-"));
  try {
    const file = join(folder, "ca.pem");
    await writeFile(file, `# ours\n${roots}\n`);
    const url = "https://broker.example";
    const read = (ca: string): unknown => identitySetting.parse({ keyBroker: { tenant: "acme", url, ca } });
    const [fromFile, inPlace] = [read(file), read(roots)];
    assert.deepEqual(fromFile, inPlace);
    assert.deepEqual(identitySetting.parse(fromFile), fromFile);
    await writeFile(file, "");
    for (const ca of [
      file,
      folder,
      join(folder, "none"),
      "",
      "-----BEGIN CERTIFICATE-----",
      roots.replace("MII", "AAA"),
    ]) {
      assert.deepEqual(both({ url, ca }), [false, false], ca);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
