// Key files and passphrases keep to what every identity keeps to.
import { identitySuite } from "@sealserve/conformance/suites/identity-suite";
import { passphraseIdentity, passphraseRecipient } from "./age/passphrase.ts";
import { generateKeyPair, parseIdentity, parseRecipient } from "./key-text.ts";

for (const kind of ["x25519", "post-quantum"] as const) {
  identitySuite(`the key file of an ${kind} key`, async () => {
    const [own, other] = await Promise.all([generateKeyPair(kind), generateKeyPair(kind)]);
    return {
      identity: parseIdentity(own.identity),
      recipient: parseRecipient(own.recipient),
      stranger: parseIdentity(other.identity),
      [Symbol.asyncDispose]: async () => {},
    };
  });
}

identitySuite("a passphrase", async () => ({
  identity: passphraseIdentity("correct horse"),
  recipient: passphraseRecipient("correct horse", { workFactor: 8 }),
  stranger: passphraseIdentity("wrong horse"),
  [Symbol.asyncDispose]: async () => {},
}));
