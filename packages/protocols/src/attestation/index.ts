// The attestation endpoint: one call that every listener answers.
export { fromBase64Url, toBase64Url } from "./base64-url.ts";
export type {
  AttestationArguments,
  AttestationDocument,
} from "./documents.ts";
export { type AttestationOutcome, type AttestationParts, attestation } from "./protocol.ts";
export { attestationPath, attestationRoutes } from "./routes.ts";
