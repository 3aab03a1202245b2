// What a sidecar in a TEE answers whoever asks what it is.
import { createHash, randomBytes } from "node:crypto";
import type { Collateral, Evidence } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import { toInferenceError } from "@sealserve/inference";
import { attestation, attestationPath } from "@sealserve/protocols/attestation";
import { printConfig } from "@sealserve/server";
import { attestationResponder } from "@sealserve/session";
import type { OwnPath } from "./door/proxy.ts";

export interface AttestingParts {
  readonly attester: Attester;
  readonly modelSetDigest: Uint8Array;
  /** Collateral to send along; null where there is none at hand. */
  readonly collateral?: (evidence: Evidence) => Promise<Collateral | null>;
}

/** The attestation endpoint: evidence bound to the TLS connection that it is asked on, whatever HTTP is spoken there. */
export function attestingPath(
  config: object,
  { attester, modelSetDigest, collateral }: AttestingParts,
  signal: AbortSignal,
): OwnPath {
  const responder = attestationResponder(
    { purpose: "client-facing", instanceId: randomBytes(16), configDigest: configDigest(config), hpkeKey: null },
    { attester, modelSetDigest: () => modelSetDigest, ...(collateral ? { collateral } : {}) },
  );
  const protocol = attestation(responder);
  const [handler] = protocol.handlers;
  return {
    path: attestationPath,
    async answer(request) {
      if (!handler || request.method !== handler.method) return protocol.unmatched(request);
      try {
        return await handler.handle(request, {}, signal);
      } catch (error) {
        return protocol.refuse(toInferenceError(error));
      }
    },
  };
}

/** SHA-256 of what `--print-config` prints, in which secrets are not. */
function configDigest(config: object): Uint8Array {
  return new Uint8Array(createHash("sha256").update(printConfig(config)).digest());
}
