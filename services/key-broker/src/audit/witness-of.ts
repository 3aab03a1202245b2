// Where a broker keeps the witness of its audit log: as configured, or beside its root key, so that it is never a question of configuration.
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { BrokerStartError } from "../broker-start-error.ts";
import type { KeyBrokerConfig } from "../config.ts";
import { folderOf } from "../root-key/placed-secret.ts";
import { type AuditWitness, FileWitness, noWitness } from "./witness.ts";

/** Null: this broker has none. Throws `BrokerStartError` `witness-unnamed` where the root key has no folder. */
export function witnessFile({ auditWitness, database, rootKey }: KeyBrokerConfig): string | null {
  // A database in memory is new at each start.
  if (auditWitness === "none" || database === ":memory:") return null;
  if (auditWitness !== null) return auditWitness;
  const [secret] = "file" in rootKey ? [rootKey.file] : "shares" in rootKey ? rootKey.shares : [rootKey.passphraseFile];
  const folder = folderOf(secret);
  if (folder === null) throw new BrokerStartError("witness-unnamed", {});
  // By the configuration's own word for the database: what is in the database must not choose its witness.
  const name = createHash("sha256").update(databaseName(database)).digest("hex").slice(0, 16);
  return join(folder, `audit-witness-${name}.json`);
}

export function witnessOf(config: KeyBrokerConfig): AuditWitness {
  const file = witnessFile(config);
  return file === null ? noWitness : new FileWitness(file);
}

/** Without the user and the password of a URL, which may change. */
function databaseName(database: string): string {
  if (!/^postgres(?:ql)?:/.test(database)) return resolve(database);
  const [, host = database, path = "", query = ""] =
    /^[^:]+:\/\/(?:[^/@]*@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/.exec(database) ?? [];
  return [host, path, new URLSearchParams(query).get("host") ?? ""].join(" ");
}
