// What a process in a TEE answers whoever asks what it is.
import { createHash, randomBytes } from "node:crypto";
import type { Collateral, Evidence } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import type { Backend, TrustedProcess } from "@sealserve/backend";
import { printConfig } from "@sealserve/server";
import { type AttestationResponder, attestationResponder } from "@sealserve/session";

export interface AttestingParts extends Pick<TrustedProcess, "start"> {
  readonly attester: Attester;
  /** Collateral to send along; null where there is none at hand. */
  readonly collateral?: (evidence: Evidence) => Promise<Collateral | null>;
}

export function attestingResponder(
  config: object,
  { attester, collateral }: AttestingParts,
  backend: Pick<Backend, "modelSetDigest">,
): AttestationResponder {
  return attestationResponder(
    { purpose: "client-facing", instanceId: randomBytes(16), configDigest: configDigest(config), hpkeKey: null },
    { attester, modelSetDigest: () => backend.modelSetDigest(), ...(collateral ? { collateral } : {}) },
  );
}

/** SHA-256 of what `--print-config` prints, in which secrets are not. */
function configDigest(config: object): Uint8Array {
  return new Uint8Array(createHash("sha256").update(printConfig(config)).digest());
}
