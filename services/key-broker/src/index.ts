// The key broker: releases keys to attested processes, and logs every decision.
export { type AdminTokenOptions, adminToken } from "./administration/admin-token.ts";
export { plaintextChannel } from "./administration/admin-tokens.ts";
export type { Administration } from "./administration/administration.ts";
// For auditors: the log's chain, and what its entries were based on.
export { readCollateral, recordedSource, writeCollateral } from "./attestations/collateral-document.ts";
export { readEvidence } from "./attestations/tokens.ts";
export { AuditError, type AuditErrorCode, type AuditErrorFacts } from "./audit/audit-error.ts";
export { contentHash } from "./audit/chain.ts";
export type { AdministrationEntry, AuditEntry, DecisionEntry } from "./audit/entry.ts";
export { ChainVerifier, type SeenCheckpoint } from "./audit/verify-chain.ts";
export { BrokerStartError, type BrokerStartErrorCode, type BrokerStartErrorFacts } from "./broker-start-error.ts";
export {
  adminRoles,
  type KeyBrokerConfig,
  keyBrokerConfig,
  keyBrokerProcessConfig,
  keyBrokerShape,
} from "./config.ts";
export { type KeyBroker, type KeyBrokerParts, startKeyBroker } from "./key-broker.ts";

// For a mesh without a broker.
export {
  issueFromFiles,
  type PlacedAuthority,
  PlacedAuthorityError,
  type PlacedCertificate,
  type PlacedCertificateOptions,
} from "./keys/placed-authority.ts";

// For its operator, while it does not run.
export {
  acceptRestored,
  adoptUnvouched,
  type MaintenanceParts,
  type RestoredFinding,
} from "./maintenance/accept-restored.ts";

export {
  type ChangeRootKeyParts,
  changeRootKey,
  type RootKeyChange,
  type RootKeyStep,
} from "./maintenance/change-root-key.ts";

// For whoever sets a broker up: its root key in shares.
export { ShareError, type ShareErrorCode, type ShareErrorFacts } from "./root-key/share-error.ts";
export { fromShares, type Share, toShares } from "./root-key/shares.ts";
export { VaultError } from "./root-key/vault.ts";
export { type KeyBrokerStartParts, keyBrokerStart, type SimulatedHardware } from "./start-process.ts";
