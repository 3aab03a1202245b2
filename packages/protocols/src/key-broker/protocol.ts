// The key broker's public listener as a protocol: the rows with their answers behind them, every error a problem document.
import type { AnyInferenceError } from "@sealserve/inference";
import type { HttpReply } from "../http/message.ts";
import { type Answer, bindRoute, type Protocol, type RouteHandler } from "../http/protocol.ts";
import type { Route } from "../http/route.ts";
import type { FlattenedJwe } from "./jwe-document.ts";
import {
  type AttestArguments,
  type AttestResult,
  type AuthArguments,
  type AuthResult,
  kbsRoutes,
  type ResourceArguments,
} from "./kbs-routes.ts";
import { type AnyKeyBrokerError, isKeyBrokerError, KeyBrokerError } from "./key-broker-error.ts";
import { problemReply } from "./problem.ts";
import {
  type CertificateArguments,
  type CertificateResult,
  releaseRoutes,
  type UnwrapArguments,
} from "./release-routes.ts";

/**
 * A key broker without a wire: the service answers it, the client asks it. Every method throws `KeyBrokerError`. `peer` is the network address
 * that asks, where a listener knows it.
 */
export interface KeyBrokerService {
  auth(args: AuthArguments, signal: AbortSignal, peer?: string): Promise<AuthResult>;
  attest(args: AttestArguments, signal: AbortSignal, peer?: string): Promise<AttestResult>;
  resource(args: ResourceArguments, signal: AbortSignal, peer?: string): Promise<FlattenedJwe>;
  unwrap(args: UnwrapArguments, signal: AbortSignal, peer?: string): Promise<FlattenedJwe>;
  certificate(args: CertificateArguments, signal: AbortSignal, peer?: string): Promise<CertificateResult>;
}

export function keyBrokerProtocol(service: KeyBrokerService): Protocol {
  return refusingProtocol("keyBroker", "strict", [
    refusing(kbsRoutes.auth, "strict", (args, { signal, peer }) => service.auth(args, signal, peer)),
    refusing(kbsRoutes.attest, "strict", (args, { signal, peer }) => service.attest(args, signal, peer)),
    refusing(kbsRoutes.resource, "strict", (args, { signal, peer }) => service.resource(args, signal, peer)),
    refusing(releaseRoutes.unwrap, "exact", (args, { signal, peer }) => service.unwrap(args, signal, peer)),
    refusing(releaseRoutes.certificate, "exact", (args, { signal, peer }) => service.certificate(args, signal, peer)),
  ]);
}

type Manner = "strict" | "exact";

/** A row whose key broker errors become problem documents; others are the router's to log and hand back to `refuse`. */
export function refusing<A, R>(route: Route<A, R>, manner: Manner, answer: Answer<A, R>): RouteHandler {
  const handler = bindRoute(route, answer);
  return {
    ...handler,
    async handle(request, captured, signal) {
      try {
        return await handler.handle(request, captured, signal);
      } catch (thrown) {
        if (isKeyBrokerError(thrown) && thrown.code !== "internal") return problemReply(thrown, manner);
        throw thrown;
      }
    },
  };
}

export function refusingProtocol(name: string, manner: Manner, handlers: readonly RouteHandler[]): Protocol {
  return {
    name,
    handlers,
    claims: () => false,
    unmatched: ({ path }): HttpReply => {
      const known = handlers.some((handler) => handler.path.accepts(path));
      return problemReply(simple(known ? "method-not-allowed" : "not-found"), manner);
    },
    refuse: (error) => problemReply(toKeyBrokerError(error), manner),
  };
}

/** What the listener itself refuses. */
function toKeyBrokerError(error: AnyInferenceError): AnyKeyBrokerError {
  switch (error.code) {
    case "too-large":
      return new KeyBrokerError("too-large", { limit: error.facts.limit });
    case "malformed":
      return new KeyBrokerError("malformed-request", { problem: error.facts.problem });
    case "shutting-down":
    case "cancelled":
      return simple("unavailable");
    default:
      return simple("internal");
  }
}

function simple(code: "method-not-allowed" | "not-found" | "unavailable" | "internal"): AnyKeyBrokerError {
  return new KeyBrokerError(code, {}) as AnyKeyBrokerError;
}
