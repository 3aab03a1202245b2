// connect(url, trust) where nobody can see the connection: verify the key that requests are sealed to, then talk inside sealed bodies.
import type { InferenceService } from "@sealserve/inference";
import type { AttestedPeer, Trust } from "@sealserve/session";
import { type ConnectOptions, connect } from "../connect.ts";
import { serviceWithPeer } from "../service-with-peer.ts";
import { openSealed, type SealedOptions, type SealedParts } from "./sealed-transport.ts";

/** For the other protocols: `connectTorchserve(url, {}, await openSealed(url, trust))`, and so on. */
export interface SealedService extends InferenceService {
  /** What the newest evidence says. */
  readonly peer: AttestedPeer;
}

/**
 * An inference service that has proved what it is, whoever stands between. Throws before anything but a nonce was sent: `SessionError`,
 * `EvidenceError`, `CollateralError`, `PolicyError`; so does each call.
 */
export async function connectSealed(
  url: string,
  trust: Trust,
  options: SealedOptions & ConnectOptions = {},
  parts: SealedParts = {},
): Promise<SealedService> {
  const transport = await openSealed(url, trust, options, parts);
  return serviceWithPeer(connect(url, options, { fetch: transport.fetch }), transport);
}
