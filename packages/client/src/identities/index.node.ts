// Who opens sealed models for a process: key files, passphrases, and key brokers that the process proves itself to.
export { type EnterTeeOptions, enterTee } from "./enter-tee.node.ts";
export { type EnterTeeByResourceOptions, enterTeeByResource } from "./enter-tee-by-resource.node.ts";
export {
  type BrokerIdentityOptions,
  type BrokerIdentityParts,
  brokerIdentities,
  type IdentitiesFor,
  keyFileIdentities,
  passphraseIdentities,
  type ReadSecret,
} from "./identities-for.node.ts";
export {
  type IdentityOptions,
  type OpenedIdentity,
  type OpenIdentityParts,
  openIdentity,
  provingParts,
} from "./open-identity.node.ts";
export type { TrustedProcess } from "./trusted-process.node.ts";
