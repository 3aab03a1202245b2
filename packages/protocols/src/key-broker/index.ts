// The key broker's protocol: confidential-containers KBS 0.4.0, our calls beside it, and the administrators' calls.
export type { AdminRefusal } from "./admin-refusal.ts";
export {
  type Administered,
  aboutRoute,
  adminRoutes,
  type KeyDocument,
  type ModelDocument,
  type OwnKeyDocument,
} from "./admin-routes.ts";
export {
  type AuditPage,
  type AuditRowDocument,
  auditRoutes,
  type CheckpointDocument,
  type GroundsDocument,
  type PrunedDocument,
} from "./audit-routes.ts";
export { canonicalJson } from "./canonical-json.ts";
export { type EvidenceDocument, evidenceShape, toEvidenceDocument } from "./evidence-document.ts";
export type { FlattenedJwe } from "./jwe-document.ts";
export {
  type AttestArguments,
  type AttestResult,
  type AuthArguments,
  type AuthResult,
  kbsRoutes,
  kbsVersion,
  type ResourceArguments,
  readExtraParams,
  writeExtraParams,
} from "./kbs-routes.ts";
export {
  type AnyKeyBrokerError,
  isKeyBrokerError,
  KeyBrokerError,
  type KeyBrokerErrorCode,
  type KeyBrokerErrorFacts,
} from "./key-broker-error.ts";
export { isName, type MeshRole, meshRoles } from "./names.ts";
export { readProblem } from "./problem.ts";
export { type KeyBrokerService, keyBrokerProtocol, refusing, refusingProtocol } from "./protocol.ts";
export {
  type CertificateArguments,
  type CertificateResult,
  type ReleaseScope,
  releaseRoutes,
  type StanzaDocument,
  type UnwrapArguments,
} from "./release-routes.ts";
export { kbsReportData, type RuntimeData } from "./runtime-data.ts";
export type { EcTeePublicKey, RsaTeePublicKey, TeePublicKey } from "./tee-public-key.ts";
