// What every identity keeps to: key files, passphrases, and whoever keeps a key elsewhere.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Identity, Recipient, Stanza } from "@sealserve/sealing";

export interface IdentitySample extends AsyncDisposable {
  readonly identity: Identity;
  /** Wraps for `identity`. */
  readonly recipient: Recipient;
  /** Another of the same kind, for which nothing is wrapped. */
  readonly stranger: Identity;
}

/** Registers the suite; every test makes its own sample and disposes it. */
export function identitySuite(name: string, make: () => Promise<IdentitySample>): void {
  const fileKey = Uint8Array.from({ length: 16 }, (_, i) => i * 7);
  const unknown: Stanza = { args: ["sealserve.test/unknown", "argument"], body: new Uint8Array(40) };

  describe(`${name} is an identity`, () => {
    it("unwraps what was wrapped for it, every time", async () => {
      await using sample = await make();
      const stanzas = await sample.recipient.wrap(fileKey);
      for (let i = 0; i < 2; i++) {
        const found = await sample.identity.unwrap(stanzas);
        assert.ok(found);
        assert.deepEqual(Uint8Array.from(found), fileKey);
        found.fill(0);
      }
    });

    it("says that stanzas of others are not its own", async () => {
      await using sample = await make();
      const stanzas = await sample.recipient.wrap(fileKey);
      assert.equal(await sample.identity.unwrap([unknown]), null);
      assert.equal(await sample.identity.unwrap([]), null);
      assert.equal(await sample.stranger.unwrap(stanzas), null);
    });

    it("throws for a stanza of its own that is broken", async () => {
      await using sample = await make();
      const [stanza] = await sample.recipient.wrap(fileKey);
      assert.ok(stanza);
      const broken = [
        { args: stanza.args, body: stanza.body.subarray(1) },
        { args: stanza.args.slice(0, 1), body: stanza.body },
        { args: [...stanza.args, "more"], body: stanza.body },
      ];
      for (const one of broken) await assert.rejects(sample.identity.unwrap([one]));
    });

    it("never gives out a key from a stanza that was changed", async () => {
      await using sample = await make();
      const [stanza] = await sample.recipient.wrap(fileKey);
      assert.ok(stanza);
      const body = stanza.body.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
      const found = await sample.identity.unwrap([{ ...stanza, body }]).catch(() => null);
      assert.equal(found, null);
    });

    it("leaves the stanzas and the file key as they were", async () => {
      await using sample = await make();
      const own = Uint8Array.from(fileKey);
      const stanzas = await sample.recipient.wrap(own);
      assert.deepEqual(own, fileKey);
      const before = stanzas.map(({ args, body }) => ({ args: [...args], body: Uint8Array.from(body) }));
      await sample.identity.unwrap(stanzas);
      assert.deepEqual(
        stanzas.map(({ args, body }) => ({ args: [...args], body: Uint8Array.from(body) })),
        before,
      );
    });
  });
}
