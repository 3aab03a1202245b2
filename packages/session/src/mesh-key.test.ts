// Certificate requests and released keys, against independent implementations.
import "reflect-metadata";
import assert from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { test } from "node:test";
import { Pkcs10CertificateRequest } from "@peculiar/x509";
import { FlattenedEncrypt, importJWK } from "jose";
import { createMeshKey } from "./mesh-key.ts";
import { createTeeKey } from "./tee-key.ts";

test("a certificate request verifies, and is over the key whose hash evidence names", async () => {
  // Signatures whose numbers begin with a set or a zero bit are written differently: try a few.
  for (let round = 0; round < 12; round++) {
    const { certificateRequest, privateKey, spkiSha256 } = await createMeshKey();
    const request = new Pkcs10CertificateRequest(certificateRequest);
    assert.ok(await request.verify(crypto));
    assert.equal(request.subject, "");
    const spki = createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "der" });
    assert.deepEqual(Buffer.from(request.publicKey.rawData), spki);
    assert.deepEqual(Buffer.from(spkiSha256), createHash("sha256").update(spki).digest());
  }
});

test("opens what was encrypted to it, by no other algorithm, and nothing else", async () => {
  const key = await createTeeKey();
  const encrypt = async (to: object, alg: string, enc: string) =>
    new FlattenedEncrypt(Buffer.from("a file key of 16"))
      .setProtectedHeader({ alg, enc })
      .encrypt(await importJWK({ ...to, alg }, alg));
  const right = await encrypt(key.publicJwk, "ECDH-ES+A256KW", "A256GCM");
  assert.equal(Buffer.from(await key.open(right)).toString(), "a file key of 16");
  const refused = { code: "released-unreadable" };
  await assert.rejects(key.open({ ...right, ciphertext: `${right.ciphertext.slice(0, -2)}AA` }), refused);
  const other = await createTeeKey();
  await assert.rejects(other.open(right), refused);
  await assert.rejects(key.open(await encrypt(key.publicJwk, "ECDH-ES+A128KW", "A256GCM")), refused);
  await assert.rejects(key.open(await encrypt(key.publicJwk, "ECDH-ES+A256KW", "A128GCM")), refused);
});
