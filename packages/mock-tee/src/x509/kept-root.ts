// Takes a root certificate out of an authority and back into a later one.
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeptRoot } from "../mock-authority.ts";
import type { Certificate } from "./certificate.ts";
import type { DistinguishedName } from "./distinguished-name.ts";
import { type KeyKind, type SigningKey, toSigningKey } from "./signing-key.ts";

export interface RestoredRoot {
  readonly certificate: Certificate;
  readonly key: SigningKey;
}

/** `subject`: the name that the certificate was issued with. */
export function restoreRoot(kept: KeptRoot, kind: KeyKind, subject: DistinguishedName): RestoredRoot {
  const { raw, serialNumber, fingerprint256 } = new X509Certificate(kept.certificate);
  return {
    key: toSigningKey(kind, createPrivateKey(kept.privateKey)),
    certificate: {
      subject,
      serial: BigInt(`0x${serialNumber}`),
      der: raw,
      sha256: fingerprint256.replaceAll(":", "").toLowerCase(),
      pem: kept.certificate,
    },
  };
}

export function keepRoot({ certificate, key }: RestoredRoot): KeptRoot {
  return {
    certificate: certificate.pem,
    privateKey: key.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}
