// What a broker keeps, opened in order: vault → audit log → its own keys and the mesh → what tenants gave it, and who may change that.
import type { Logger } from "@sealserve/server";
import { Administration } from "./administration/administration.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import { openAudit } from "./audit/open-audit.ts";
import type { KeyBrokerConfig } from "./config.ts";
import { brokerKey } from "./keys/broker-keys.ts";
import { Mesh } from "./keys/mesh.ts";
import { OwnKeys } from "./keys/own-keys.ts";
import { type OwnKindsOptions, ownKinds } from "./keys/own-kinds.ts";
import { TenantKeys } from "./keys/tenant-keys.ts";
import { Resources } from "./release/resources.ts";
import { openVault } from "./root-key/open-vault.ts";
import type { Vault } from "./root-key/vault.ts";
import type { Storage } from "./storage/storage.ts";

export interface Custody {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly audit: AuditLog;
  /** Signs the audit log. */
  readonly auditKey: Awaited<ReturnType<typeof brokerKey>>;
  readonly ownKeys: OwnKeys;
  readonly mesh: Mesh;
  /** Of tenants. */
  readonly keys: TenantKeys;
  readonly resources: Resources;
  readonly administration: Administration;
}

export interface CustodyOptions extends KeyBrokerConfig {
  readonly lifetimes: OwnKindsOptions["lifetimes"];
}

export interface CustodyParts {
  readonly storage: Storage;
  readonly epoch: () => number;
  readonly randomness: (length: number) => Uint8Array;
  readonly logger: Logger;
  /** Wipes the vault. */
  readonly stack: AsyncDisposableStack;
}

/** Throws `BrokerStartError`, `ShareError`, `AuditError`. */
export async function openCustody(
  options: CustodyOptions,
  { storage, epoch, randomness, logger, stack }: CustodyParts,
): Promise<Custody> {
  const opened = await openVault(options.rootKey, { storage, randomness });
  const vault = stack.use(opened.vault);
  const audit = await openAudit(options, { ...opened, storage, now: epoch, logger });
  const auditKey = await brokerKey("audit", { algorithm: "Ed25519" }, { storage, vault });
  const { trustDomain, lifetimes } = options;
  const kinds = ownKinds({ trustDomain, lifetimes }, { epoch, randomness });
  const ownKeys = new OwnKeys({ storage, vault, audit, epoch, kinds });
  await ownKeys.open();
  const mesh = new Mesh({ trustDomain, lifetime: lifetimes.mesh }, { keys: ownKeys, epoch, randomness });
  const keys = new TenantKeys({ vault, epoch });
  const resources = new Resources({ vault });
  const administration = new Administration({ storage, vault, keys, resources, audit, epoch });
  return { storage, vault, audit, auditKey, ownKeys, mesh, keys, resources, administration };
}
