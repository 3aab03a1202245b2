// What evidence must be bound to: the broker's nonce and the key of the process, hashed into report data.
import { utf8 } from "@sealserve/primitives";
import { canonicalJson } from "./canonical-json.ts";
import { base64, fault, record, type Shape, text } from "./shape.ts";
import { type TeePublicKey, teePublicKeyShape } from "./tee-public-key.ts";

export interface RuntimeData {
  /** As the broker sent it. */
  readonly nonce: string;
  readonly "tee-pubkey": TeePublicKey;
  /** base64url of the SHA-256 of a SubjectPublicKeyInfo for which this process will ask certificates; ours alone. */
  readonly "csr-key"?: string;
}

const digest: Shape<string> = (value, at) => {
  if (base64(32, "url")(value, at).length === 32) return value as string;
  throw fault(at, "base64url of 32 bytes");
};

export const runtimeDataShape: Shape<RuntimeData> = record(
  { nonce: text(256), "tee-pubkey": teePublicKeyShape },
  { "csr-key": digest },
);

/**
 * The 64 bytes that the evidence must carry: SHA-384 over the canonical JSON of the runtime data, and of `additional-evidence` where there is
 * such, filled up with zeros (confidential-containers KBS 0.4.0).
 */
export async function kbsReportData(
  runtimeData: RuntimeData,
  additionalEvidence?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const covered = { ...runtimeData, "additional-evidence": additionalEvidence };
  const hash = await crypto.subtle.digest("SHA-384", utf8(canonicalJson(covered)));
  const reportData = new Uint8Array(64);
  reportData.set(new Uint8Array(hash));
  return reportData;
}
