// Intel's certificates of one authority: root, platform or processor CA, PCK leaf, TCB signer.
import { type Certificate, type CertificateFields, issueCertificate } from "../x509/certificate.ts";
import { type DistinguishedName, intelName } from "../x509/distinguished-name.ts";
import { generateSigningKey, type SigningKey } from "../x509/signing-key.ts";
import { pckExtension } from "./pck-extension.ts";
import type { IntelPlatform } from "./platform.ts";

export type IntelRole = "root" | "intermediate" | "leaf" | "tcbSigner";

/** What differs from a right certificate, by role. */
export type IntelCertificateOverrides = { readonly [R in IntelRole]?: Partial<CertificateFields> };

export type IntelChain = { readonly [R in IntelRole]: Certificate };

/** Keys, one per role; a root's key may outlive the authority. */
export type IntelKeys = { readonly [R in IntelRole]: SigningKey };

/** With a root that was kept, its key is that of the CA too: then the collateral of one authority judges what another one of that root signed. */
export function generateIntelKeys(kept?: SigningKey): IntelKeys {
  return {
    root: kept ?? generateSigningKey("p256"),
    intermediate: kept ?? generateSigningKey("p256"),
    leaf: generateSigningKey("p256"),
    tcbSigner: generateSigningKey("p256"),
  };
}

/** Common names are Intel's: verifiers look at them. */
export const intelRootName = intelName("Intel SGX Root CA");
const leafName = intelName("Intel SGX PCK Certificate");
const tcbSignerName = intelName("Intel SGX TCB Signing");
const caNames = {
  platform: intelName("Intel SGX PCK Platform CA"),
  processor: intelName("Intel SGX PCK Processor CA"),
} as const;

const day = 24 * 60 * 60 * 1000;

export interface ChainParts {
  readonly now: Date;
  readonly serial: () => bigint;
  /** A root that was kept: it is used as it is. */
  readonly root?: Certificate | undefined;
}

export function issueIntelChain(
  platform: IntelPlatform,
  keys: IntelKeys,
  overrides: IntelCertificateOverrides,
  { now, serial, root: kept }: ChainParts,
): IntelChain {
  const issue = (
    role: IntelRole,
    subject: DistinguishedName,
    issuer: { readonly name: DistinguishedName; readonly key: SigningKey },
    extra: Partial<CertificateFields>,
  ): Certificate =>
    issueCertificate({
      serial: serial(),
      subject,
      issuer: issuer.name,
      notBefore: new Date(now.getTime() - 30 * day),
      notAfter: new Date(now.getTime() + 7 * 365 * day),
      subjectKey: keys[role],
      issuerKey: issuer.key,
      ca: false,
      pathLength: null,
      keyUsage: ["digitalSignature", "nonRepudiation"],
      crlUrl: "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
      keyIds: true,
      extensions: [],
      ...extra,
      ...overrides[role],
    });
  const ofCa = { ca: true, keyUsage: ["keyCertSign", "cRLSign"] } as const;
  const rootName = overrides.root?.subject ?? intelRootName;
  const root = kept ?? issue("root", rootName, { name: rootName, key: keys.root }, { ...ofCa, pathLength: 1 });
  const byRoot = { name: root.subject, key: keys.root };
  const intermediate = issue("intermediate", caNames[platform.ca], byRoot, { ...ofCa, pathLength: 0 });
  const byCa = { name: intermediate.subject, key: keys.intermediate };
  return {
    root,
    intermediate,
    leaf: issue("leaf", leafName, byCa, { extensions: [pckExtension(platform)] }),
    tcbSigner: issue("tcbSigner", tcbSignerName, byRoot, {}),
  };
}
