// What a process in a TEE answers whoever asks what it is.
import { randomBytes } from "node:crypto";
import type { Collateral, Evidence } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import type { ProcessStart } from "@sealserve/client/proving";
import { sealedHttpPath, sealedReplyType, sealedRequestType } from "@sealserve/protocols/sealed-http";
import { configDigest } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import {
  type AttestationResponder,
  attestationResponder,
  createSealedHttpKey,
  openSealedBodies,
  rememberRequests,
} from "@sealserve/session";
import type { FrontendParts } from "./frontend.ts";

/** What of those that answer evidence names. */
export interface AnsweringModels {
  modelSetDigest(): Uint8Array;
  /** Of the mesh whose backends answer; left out or null: the process answers itself. */
  meshDigest?(): Uint8Array | null;
}

export interface AttestingParts {
  readonly start: ProcessStart;
  readonly attester: Attester;
  /** Collateral to send along; null where there is none at hand. */
  readonly collateral?: (evidence: Evidence) => Promise<Collateral | null>;
}

/** Encapsulated keys that are remembered for four minutes, so that no request is answered twice: some 4,000 a second, 86 MB when full. */
const rememberedRequests = 1_000_000;

/** Evidence on every listener, and requests that are sealed to the key in it; the key lives as long as the process. */
export async function attestingFrontend(
  config: object,
  { attester, clock, collateral }: AttestingParts & { readonly clock: Pick<Clock, "epoch"> },
  models: AnsweringModels,
): Promise<Required<Pick<FrontendParts, "attestation" | "sealedHttp">>> {
  const key = await createSealedHttpKey({ replays: rememberRequests({ entries: rememberedRequests }, clock) });
  const ofModels: AnsweringModels = {
    modelSetDigest: () => models.modelSetDigest(),
    meshDigest: () => models.meshDigest?.() ?? null,
  };
  const attestation: AttestationResponder = attestationResponder(
    {
      purpose: "client-facing",
      instanceId: randomBytes(16),
      configDigest: configDigest(config),
      hpkeKey: key.publicKey,
    },
    { ...ofModels, attester, ...(collateral ? { collateral } : {}) },
  );
  const endpoint = { path: sealedHttpPath, requestType: sealedRequestType, replyType: sealedReplyType };
  return { attestation, sealedHttp: { open: openSealedBodies(key, endpoint), ...ofModels } };
}
