// Hardware that signs true-format evidence under a throw-away root, for tests and for trying things out.
export { type AmdCertificateOverrides, AmdKeys, type AmdRole } from "./amd/amd-chain.ts";
export {
  createMockAmd,
  type MockAmd,
  type MockAmdOptions,
  type ReportOptions,
  type SnpCollateralOptions,
} from "./amd/create-mock-amd.ts";
export type { SnpMeasurements } from "./amd/report.ts";
export type { SnpProduct } from "./amd/snp-tcb.ts";
export { createMockHardware, type MockHardware, type MockMeasurements } from "./create-mock-hardware.ts";
export {
  createMockIntel,
  type IntelMeasurements,
  type MockIntel,
  type MockIntelOptions,
  type QuoteOptions,
} from "./intel/create-mock-intel.ts";
export type { JsonDocument, TcbStanding } from "./intel/documents.ts";
export type { IntelCertificateOverrides, IntelRole } from "./intel/intel-chain.ts";
export type { MockCollateralOptions } from "./intel/mock-collateral.ts";
export type { IntelPlatform } from "./intel/platform.ts";
export type { SgxMeasurements, TdxMeasurements } from "./intel/report-body.ts";
export type { KeptRoot, MockAuthority, MockParts } from "./mock-authority.ts";
export type { Fault } from "./server/fault.ts";
export {
  type CollateralServer,
  type CollateralServerOptions,
  startCollateralServer,
} from "./server/start-collateral-server.ts";
// For tests that issue certificates and lists of their own.
export { type Certificate, type CertificateFields, issueCertificate, pemChain, toPem } from "./x509/certificate.ts";
export { issueRevocationList, type RevocationListFields } from "./x509/revocation-list.ts";
export { generateSigningKey, type KeyKind, type SigningKey, signRaw } from "./x509/signing-key.ts";
