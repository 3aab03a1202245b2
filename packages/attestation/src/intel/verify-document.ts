// The signature of TCB info and QE identity: over the exact text as it was sent.
import { utf8 } from "@sealserve/primitives";
import { importPublicKey, isSignedBy } from "#verify-crypto";
import { CollateralError } from "../collateral-error.ts";
import { fromHex } from "../hex.ts";
import type { Certificate } from "../x509/certificate.ts";

const algorithm = "ecdsa-p256-sha256";

/** `signature`: r ‖ s in hex. Throws {@link CollateralError} `collateral-signature`. */
export async function verifyDocument(
  what: string,
  text: string,
  signature: string,
  signer: Certificate,
): Promise<void> {
  const raw = fromHex(signature, 64);
  const key = raw && (await importPublicKey(algorithm, signer.publicKey));
  const signed = key && (await isSignedBy(algorithm, key, raw, utf8(text)));
  if (!signed) throw new CollateralError("collateral-signature", { what });
}
