// connect(url, trust): verify first, then talk on the very connections that were verified.
import type { InferenceService } from "@sealserve/inference";
import type { AttestedPeer, Trust } from "@sealserve/session";
import { type ConnectOptions, connect } from "../connect.ts";
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
  const service = connect(url, options, { fetch: transport.fetch });
  return {
    infer: (request, signal) => service.infer(request, signal),
    inferStream: (request, signal) => service.inferStream(request, signal),
    metadata: (model) => service.metadata(model),
    status: (model) => service.status(model),
    list: () => service.list(),
    get peer() {
      return transport.peer;
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
