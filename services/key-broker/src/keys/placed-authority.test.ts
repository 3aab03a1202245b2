// Certificates from an authority in files: OpenSSL takes them, and what is no authority is refused.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { meshNameOf } from "@sealserve/session/node";
import { issueFromFiles, type PlacedAuthority } from "./placed-authority.ts";

const folder = mkdtempSync(join(tmpdir(), "sealserve-authority-"));
after(() => rmSync(folder, { recursive: true }));
const day = 24 * 3_600_000;
const parts = { epoch: () => Date.now(), randomness: randomBytes };
const options = {
  trustDomain: "mesh.test",
  role: "backend",
  group: "main",
  instance: "pod-1",
  lifetime: 30 * day,
} as const;

/** Made by OpenSSL, as an owner would; its key as SEC1, as Helm writes it. */
function authority(name: string, { algorithm = "ec", ca = "TRUE", days = "10" } = {}): PlacedAuthority {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const kind = algorithm === "ec" ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["-newkey", "rsa:2048"];
  const subject = [
    "-subj",
    `/CN=${name}`,
    "-addext",
    `basicConstraints=critical,CA:${ca}`,
    "-addext",
    "keyUsage=keyCertSign",
    "-addext",
    // Go computes it by another hash than OpenSSL: the name counts, not how it was made.
    "subjectKeyIdentifier=01:02:03:04",
    "-addext",
    "authorityKeyIdentifier=none",
    "-days",
    days,
  ];
  execFileSync("openssl", ["req", "-x509", ...kind, "-nodes", "-keyout", key, "-out", certificate, ...subject], {
    stdio: "ignore",
  });
  if (algorithm === "ec") execFileSync("openssl", ["ec", "-in", key, "-out", key], { stdio: "ignore" });
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

test("a certificate has the name of its role, its key, and ends no later than its authority", async () => {
  const root = authority("root");
  const issued = await issueFromFiles(root, options, parts);
  const name = meshNameOf(issued.certificate);
  assert.deepEqual([name?.trustDomain, name?.role], ["mesh.test", "backend"]);
  assert.ok(name && name.notAfter < Date.now() + 11 * day);
  const verified = execFileSync("openssl", ["verify", "-x509_strict", "-CAfile", join(folder, "root.pem")], {
    input: issued.certificate,
    encoding: "utf8",
  });
  assert.match(verified, /OK/);
});

for (const [what, made] of [
  ["a certificate that is no authority's", () => authority("leaf", { ca: "FALSE" })],
  ["a key of another kind", () => authority("rsa", { algorithm: "rsa" })],
  ["another's key", () => ({ ...authority("one"), key: authority("two").key })],
  ["no PEM at all", () => ({ certificate: "x", key: "y" })],
] as const) {
  test(`${what} issues nothing`, async () => {
    await assert.rejects(issueFromFiles(made(), options, parts), { code: "authority-unusable" });
  });
}
