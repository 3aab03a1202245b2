// connect(url, trust): verify first, then talk on the very connections that were verified.
import type { InferenceService } from "@sealserve/inference";
import type { AttestedPeer, Trust } from "@sealserve/session";
import { type ConnectOptions, connect } from "../connect.ts";
import { serviceWithPeer } from "../service-with-peer.ts";
import { type AttestedOptions, type AttestedParts, openAttested } from "./attested-transport.node.ts";

/** Disposing closes its connections. For the other protocols: `connectTorchserve(url, {}, await openAttested(url, trust))`, and so on. */
export interface AttestedService extends InferenceService, AsyncDisposable {
  /** What answered on the newest connection. */
  readonly peer: AttestedPeer;
}

/**
 * An inference service that has proved what it is. Throws before anything but a nonce was sent: `SessionError`, `EvidenceError`,
 * `CollateralError`, `PolicyError`; so does each call that needs a new connection.
 */
export async function connectAttested(
  url: string,
  trust: Trust,
  options: AttestedOptions & ConnectOptions = {},
  parts: AttestedParts = {},
): Promise<AttestedService> {
  const transport = await openAttested(url, trust, options, parts);
  const service = serviceWithPeer(connect(url, options, { fetch: transport.fetch }), transport);
  // Onto the object itself: a copy of it would have the peer of this moment.
  return Object.assign(service, { [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() });
}
