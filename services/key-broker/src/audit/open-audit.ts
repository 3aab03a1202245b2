// Opens the audit log of a broker: against its witness, with the state that it is of, and with the newest shares of the root key.
import type { Logger } from "@sealserve/server";
import type { KeyBrokerConfig } from "../config.ts";
import type { OpenedVault } from "../root-key/open-vault.ts";
import { beginState } from "../state/begin-state.ts";
import { BrokerState } from "../state/broker-state.ts";
import type { Storage } from "../storage/storage.ts";
import { AuditLog } from "./audit-log.ts";
import { witnessOf } from "./witness-of.ts";

export interface OpenAuditParts extends OpenedVault {
  readonly storage: Storage;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Throws `AuditError`, `BrokerStartError` `documents-unvouched`, `witness-unnamed`. */
export async function openAudit(config: KeyBrokerConfig, parts: OpenAuditParts): Promise<AuditLog> {
  const { storage, vault, epoch, now, logger } = parts;
  const witness = witnessOf(config);
  const audit = new AuditLog({ vault, epoch: now, witness, state: new BrokerState() });
  const { seen, found } = await audit.open(storage, (change) => beginState(change, { vault }));
  if (seen === 0 && found > 0) logger.warn("the audit log had no witness: it begins here", { entries: found });
  await raiseEpoch(audit, storage, epoch);
  return audit;
}

/** From now on the shares before these are of no use. */
async function raiseEpoch(audit: AuditLog, storage: Storage, epoch: number): Promise<void> {
  if ((await audit.current(storage)).epoch >= epoch) return;
  const head = await storage.exclusively(async (change) => {
    if ((await audit.broker(change)).epoch >= epoch) return null;
    await change.updateTable("root").set({ epoch }).execute();
    const deed = { actor: "key broker", act: "root-shares-renewed", subject: `epoch ${epoch}`, content: null };
    return audit.append(change, { kind: "administration", tenant: null, ...deed }, { broker: { epoch } });
  });
  if (head) await audit.appended(head);
}
