// Attested channels: evidence bound to the very connection, mesh identity, sealed HTTP bodies.
export {
  type AttestationAnswer,
  type AttestationOutcome,
  type AttestationResponder,
  attestationResponder,
  type ResponderOptions,
  type ResponderParts,
} from "./attestation-responder.ts";
export { bindingOf, type Channel } from "./channel.ts";
export { createTrust, type TrustOptions, type TrustParts } from "./create-trust.ts";
export { createMeshKey, type MeshKey } from "./mesh-key.ts";
export { type Purpose, purposes } from "./purpose.ts";
export {
  type ChannelBinding,
  exporterLabel,
  nonceLength,
  parsePreimage,
  type ReportDataFields,
  reportDataOf,
  writePreimage,
} from "./report-data-preimage.ts";
export { type Check, checks, type Score } from "./score-sheet.ts";
export { type Scorecard, type ScorecardOptions, scorecard } from "./scorecard.ts";
export {
  createSealedHttpKey,
  type OpenedExchange,
  type SealedHttpKey,
} from "./sealed-http/open-exchange.ts";
export {
  type Admission,
  type RememberRequestsOptions,
  type ReplayGuard,
  rememberRequests,
} from "./sealed-http/replay-guard.ts";
export { type SealedExchange, sealExchange } from "./sealed-http/seal-exchange.ts";
export {
  type OpenedBody,
  openSealedBodies,
  type SealedBody,
  type SealedEndpoint,
  sealBody,
} from "./sealed-http/sealed-endpoint.ts";
export type { RequestContext, ResponseContext } from "./sealed-http/suite.ts";
export { SessionError, type SessionErrorCode, type SessionErrorFacts } from "./session-error.ts";
export { createTeeKey, type TeeKey, type TeePublicJwk } from "./tee-key.ts";
export type { AttestedPeer, ExpectedBinding, Pinned, Trust } from "./trust.ts";
export { verifyAnswer } from "./verify-answer.ts";
