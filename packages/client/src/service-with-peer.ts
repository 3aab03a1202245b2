// An inference service that can tell whose evidence was accepted last.
import type { InferenceService } from "@sealserve/inference";
import type { AttestedPeer } from "@sealserve/session";

/** `peer` is asked of `transport` each time. */
export function serviceWithPeer(
  service: InferenceService,
  transport: { readonly peer: AttestedPeer },
): InferenceService & { readonly peer: AttestedPeer } {
  return {
    infer: (request, signal) => service.infer(request, signal),
    inferStream: (request, signal) => service.inferStream(request, signal),
    metadata: (model) => service.metadata(model),
    status: (model) => service.status(model),
    list: () => service.list(),
    get peer() {
      return transport.peer;
    },
  };
}
