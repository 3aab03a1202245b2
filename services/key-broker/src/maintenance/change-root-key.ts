// Another root key for a database that has one: all of it in one change, so that it is sealed under the old key or under the new, and never under both.
import type { Head } from "../audit/head.ts";
import { appendAfter, checkReaches, readHead } from "../audit/head.ts";
import { witnessOf } from "../audit/witness-of.ts";
import { BrokerStartError } from "../broker-start-error.ts";
import type { KeyBrokerConfig } from "../config.ts";
import { newSalt, type RootKey, rootKeyOf } from "../root-key/open-vault.ts";
import { reseal } from "../root-key/reseal.ts";
import { isProved, rootProof } from "../root-key/root-proof.ts";
import { Vault } from "../root-key/vault.ts";
import { beginState } from "../state/begin-state.ts";
import { BrokerState } from "../state/broker-state.ts";
import type { Change } from "../storage/schema.ts";
import { checkState, deed, type MaintenanceParts, openStopped } from "./accept-restored.ts";

/** The steps in their order, so that tests can stop between any two. */
export type RootKeyStep = "opened" | "resealed" | "appended" | "committed" | "witnessed";

export interface ChangeRootKeyParts extends MaintenanceParts {
  readonly onStep?: (step: RootKeyStep) => void;
}

export interface RootKeyChange {
  /** How many secrets and documents were sealed and vouched for anew, or would have been. */
  readonly values: number;
  readonly done: boolean;
}

/** Ends a change that was only tried. */
class Tried extends Error {
  readonly values: number;

  constructor(values: number) {
    super("nothing is to be changed");
    this.values = values;
  }
}

/**
 * Seals the database of `config` under the root key `to`; with no `actor` it only tries. Brokers that run refuse from then on, until they are started
 * with the new key. Throws `BrokerStartError`, also `root-key-same`, `AuditError`, `ShareError`, and `VaultError` for a value that was changed by
 * hand; then nothing was changed.
 */
export async function changeRootKey(
  config: KeyBrokerConfig,
  to: KeyBrokerConfig["rootKey"],
  actor: string | null,
  parts: ChangeRootKeyParts,
): Promise<RootKeyChange> {
  const { randomness, onStep = () => {} } = parts;
  await using stack = new AsyncDisposableStack();
  const { storage, vault: from } = await openStopped(config, parts, stack);
  const salt = newSalt(randomness);
  const key = await rootKeyOf(to, salt);
  const vault = stack.use(new Vault(key.key, { randomness }));
  key.key.fill(0);
  const witnesses = [witnessOf(config), witnessOf({ ...config, rootKey: to })];
  const seen = await Promise.all(witnesses.map((witness) => witness.read()));
  onStep("opened");
  try {
    const { head, values } = await storage.exclusively(async (change) => {
      const found = await readHead(change, from);
      for (const each of seen) await checkReaches(change, from, found, each);
      const state = new BrokerState();
      await checkState(change, found.state, state);
      const digest = found.state ?? (await beginState(change, { vault: from }));
      await checkOther(change, vault);
      const values = await reseal(change, { from, to: vault });
      onStep("resealed");
      if (actor === null) throw new Tried(values);
      const next = { epoch: key.epoch ?? 1, salt, proof: rootProof(vault) };
      await change.updateTable("root").set(next).execute();
      const entry = deed(actor, "root-key-changed", `from ${formOf(config.rootKey)} to ${formOf(to, key)}`);
      // A new witness begins with what the old one has seen: a change that is undone leaves none that is ahead.
      for (const witness of witnesses) await witness.write(found);
      const changed = { entry, state: await state.next(change, digest, { broker: { epoch: next.epoch } }) };
      const head: Head = await appendAfter(found, changed, { change, vault, epoch: parts.epoch });
      onStep("appended");
      return { head, values };
    });
    onStep("committed");
    for (const witness of witnesses) await witness.write(head);
    onStep("witnessed");
    return { values, done: true };
  } catch (error) {
    if (error instanceof Tried) return { values: error.values, done: false };
    throw error;
  }
}

async function checkOther(change: Change, vault: Vault): Promise<void> {
  const { proof } = await change.selectFrom("root").select("proof").executeTakeFirstOrThrow();
  if (isProved(vault, proof)) throw new BrokerStartError("root-key-same", {});
}

function formOf(options: KeyBrokerConfig["rootKey"], key: Pick<RootKey, "epoch"> = { epoch: null }): string {
  if ("file" in options) return "a file";
  if ("passphraseFile" in options) return "a passphrase";
  return key.epoch === null ? "shares" : `shares of epoch ${key.epoch}`;
}
