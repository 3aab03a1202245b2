// What an operator does, with no broker running, who has restored a back-up or comes from a version before documents were vouched for.
import type { Logger } from "@sealserve/server";
import { AuditError, type AuditErrorCode } from "../audit/audit-error.ts";
import type { NewEntry } from "../audit/entry.ts";
import { appendAfter, checkReaches, type Head, readHead } from "../audit/head.ts";
import { witnessOf } from "../audit/witness-of.ts";
import type { KeyBrokerConfig } from "../config.ts";
import { openVault } from "../root-key/open-vault.ts";
import type { Vault } from "../root-key/vault.ts";
import { adoptDocuments, beginState } from "../state/begin-state.ts";
import { BrokerState } from "../state/broker-state.ts";
import type { Change } from "../storage/schema.ts";
import { Storage } from "../storage/storage.ts";

export interface MaintenanceParts {
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly epoch: () => number;
  readonly randomness: (length: number) => Uint8Array;
}

/** One thing that keeps the broker from starting, in the words of its error. */
export interface RestoredFinding {
  readonly code: AuditErrorCode;
  readonly message: string;
}

/**
 * What of the database is not as it was last seen; with `actor` that is taken as it is from now on, logged under the name and witnessed. What is not
 * this broker's own log cannot be accepted. Throws `AuditError`, `BrokerStartError`, `ShareError`.
 */
export async function acceptRestored(
  config: KeyBrokerConfig,
  actor: string | null,
  parts: MaintenanceParts,
): Promise<readonly RestoredFinding[]> {
  await using stack = new AsyncDisposableStack();
  const { storage, vault } = await openStopped(config, parts, stack);
  const witness = witnessOf(config);
  const seen = await witness.read();
  const { findings, head } = await storage.exclusively(async (change) => {
    const found = await readHead(change, vault);
    const findings = [
      ...(await refusedBy(() => checkReaches(change, vault, found, seen))),
      ...(await refusedBy(() => checkState(change, found.state))),
    ];
    if (actor === null || findings.length === 0) return { findings, head: null };
    const subject = `entry ${seen.sequence} was seen, ${found.sequence} found: ${findings.map(({ code }) => code).join(", ")}`;
    return {
      findings,
      head: await accepted(change, found, deed(actor, "restore-accepted", subject), { vault, ...parts }),
    };
  });
  if (head) await witness.reset(head);
  return findings;
}

/** Vouches for policies and reference values that nobody vouched for, as they are. The result is which they were. */
export async function adoptUnvouched(
  config: KeyBrokerConfig,
  actor: string,
  parts: MaintenanceParts,
): Promise<readonly string[]> {
  await using stack = new AsyncDisposableStack();
  const { storage, vault } = await openStopped(config, parts, stack);
  const witness = witnessOf(config);
  const seen = await witness.read();
  const { adopted, head } = await storage.exclusively(async (change) => {
    const found = await readHead(change, vault);
    await checkReaches(change, vault, found, seen);
    await checkState(change, found.state);
    const adopted = await adoptDocuments(change, { vault });
    if (adopted.length === 0) return { adopted, head: null };
    return {
      adopted,
      head: await accepted(change, found, deed(actor, "documents-adopted", adopted.join(", ")), { vault, ...parts }),
    };
  });
  if (head) await witness.write(head);
  return adopted;
}

export async function openStopped(
  config: KeyBrokerConfig,
  { logger, randomness }: MaintenanceParts,
  stack: AsyncDisposableStack,
): Promise<{ readonly storage: Storage; readonly vault: Vault }> {
  const storage = stack.use(await Storage.open(config.database, { logger }));
  const { vault } = await openVault(config.rootKey, { storage, randomness });
  return { storage, vault: stack.use(vault) };
}

export function deed(actor: string, act: string, subject: string): NewEntry {
  return { kind: "administration", tenant: null, actor, act, subject, content: null };
}

async function accepted(
  change: Change,
  found: Head,
  entry: NewEntry,
  { vault, epoch }: { readonly vault: Vault; readonly epoch: () => number },
): Promise<Head> {
  return appendAfter(found, { entry, state: await beginState(change, { vault }) }, { change, vault, epoch });
}

/** Of the broker as a whole, and of each tenant. */
export async function checkState(
  change: Change,
  digest: string | null,
  state: BrokerState = new BrokerState(),
): Promise<void> {
  if (digest === null) return;
  const { leaves } = await state.check(change, digest);
  for (const tenant of leaves.keys()) await state.checkTenant(change, digest, tenant);
}

async function refusedBy(act: () => Promise<void>): Promise<readonly RestoredFinding[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (error instanceof AuditError) return [{ code: error.code, message: error.message }];
    throw error;
  }
}
