// Both ways to verify, by WebCrypto and by node:crypto, say yes and no to the same.
import assert from "node:assert/strict";
import { constants, createHash, sign } from "node:crypto";
import { suite, test } from "node:test";
import { generateSigningKey, type KeyKind, type SigningKey, signRaw } from "@sealserve/mock-tee";
import * as chosen from "#verify-crypto";
import { p256PublicKey, type SignatureAlgorithm } from "./signature-algorithm.ts";
import * as byNode from "./verify-crypto.node.ts";
import * as byWeb from "./verify-crypto.ts";

const kinds: readonly (readonly [KeyKind, SignatureAlgorithm])[] = [
  ["p256", "ecdsa-p256-sha256"],
  ["p384", "ecdsa-p384-sha384"],
  ["rsa4096", "rsa-pss-sha384"],
];
const data = new TextEncoder().encode("what was signed");
const keys = kinds.map(([kind, algorithm]) => ({ key: generateSigningKey(kind), algorithm }));

function signatureBy(key: SigningKey): Uint8Array {
  if (key.kind !== "rsa4096") return signRaw(key, data);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign("sha384", data, { key: key.privateKey, padding, saltLength: 48 });
}

/** What differs between the two is only what a key is. */
interface VerifyCrypto<K> {
  importPublicKey(algorithm: SignatureAlgorithm, publicKey: Uint8Array): Promise<K | null>;
  isSignedBy(algorithm: SignatureAlgorithm, key: K, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
}

function verifyCryptoSuite<K>(name: string, crypto: VerifyCrypto<K>): void {
  suite(name, () => {
    for (const { key, algorithm } of keys) {
      test(`${algorithm}: its signatures, and no others`, async () => {
        const publicKey = await crypto.importPublicKey(algorithm, key.publicKey);
        assert.ok(publicKey);
        const signature = signatureBy(key);
        assert.equal(await crypto.isSignedBy(algorithm, publicKey, signature, data), true);
        assert.equal(await crypto.isSignedBy(algorithm, publicKey, signature, data.subarray(1)), false);
        assert.equal(await crypto.isSignedBy(algorithm, publicKey, signature.slice(1), data), false);
        assert.equal(await crypto.isSignedBy(algorithm, publicKey, new Uint8Array(signature.length), data), false);
        assert.equal(await crypto.isSignedBy(algorithm, publicKey, new Uint8Array(), data), false);
        signature[3] = (signature[3] ?? 0) ^ 1;
        assert.equal(await crypto.isSignedBy(algorithm, publicKey, signature, data), false);
      });

      test(`${algorithm}: no key of another algorithm, cut, or with bytes behind it`, async () => {
        for (const other of keys.filter((one) => one.key !== key)) {
          assert.equal(await crypto.importPublicKey(algorithm, other.key.publicKey), null);
        }
        const { publicKey } = key;
        assert.equal(await crypto.importPublicKey(algorithm, publicKey.subarray(0, -1)), null);
        assert.equal(await crypto.importPublicKey(algorithm, new Uint8Array()), null);
        if (algorithm !== "rsa-pss-sha384") {
          assert.equal(await crypto.importPublicKey(algorithm, Uint8Array.of(...publicKey, 0)), null);
        }
      });
    }

    test("no point off the curve, nor zero", async () => {
      const point = Uint8Array.from(keys[0]?.key.publicKey.subarray(-64) ?? []);
      assert.ok(await crypto.importPublicKey("ecdsa-p256-sha256", p256PublicKey(point)));
      point[63] = (point[63] ?? 0) ^ 1;
      assert.equal(await crypto.importPublicKey("ecdsa-p256-sha256", p256PublicKey(point)), null);
      assert.equal(await crypto.importPublicKey("ecdsa-p256-sha256", p256PublicKey(new Uint8Array(64))), null);
    });

    test("SHA-256", async () => {
      const digest = createHash("sha256").update(data).digest();
      assert.deepEqual([...(await crypto.sha256(data))], [...digest]);
    });
  });
}

verifyCryptoSuite("WebCrypto", byWeb);
verifyCryptoSuite("node:crypto", byNode);

test("Node takes its own", () => {
  assert.equal(chosen.isSignedBy, byNode.isSignedBy);
});
