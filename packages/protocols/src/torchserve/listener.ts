// What all of TorchServe's listeners have in common: refusals, headers on every reply, tokens.
import { toInferenceError } from "@sealserve/inference";
import type { Protocol, RouteHandler } from "../http/protocol.ts";
import { type AuthorizeParts, authorized, type TokenKind } from "./authorize.ts";
import { errorReply, unmatchedReply } from "./errors.ts";
import { replyHeaders } from "./json-reply.ts";
import { badRequest } from "./refusal.ts";
import { checkEscapes } from "./torchserve-path.ts";

/** What browsers may do; a value that is left out is not said. */
export interface CorsHeaders {
  readonly origin?: string;
  readonly methods?: string;
  readonly headers?: string;
}

export interface TorchserveParts extends AuthorizeParts {
  /** A random UUID: the `x-request-id` of a reply that no prediction named. */
  requestId(): string;
  /** Told on every reply, whoever asks. Left out: nothing is. */
  readonly cors?: CorsHeaders;
}

export interface Listener {
  readonly name: string;
  readonly kind: TokenKind;
  readonly handlers: readonly RouteHandler[];
  /** Paths of the original's, those included that are switched off: they are this listener's to refuse. */
  readonly paths: RegExp;
  /** Paths that the original has, with methods that no handler takes. */
  readonly otherMethods: RegExp;
  /** Names of routes that need no token. */
  readonly open?: readonly string[];
}

export function torchserveListener(
  { name, kind, handlers, paths, otherMethods, open = [] }: Listener,
  parts: TorchserveParts,
): Protocol {
  const cors = corsHeaders(parts.cors);
  const protocol: Protocol = {
    name,
    handlers,
    claims: (path) => paths.test(path),
    unmatched({ path }) {
      checkEscapes(path);
      return unmatchedReply(otherMethods.test(path) || handlers.some((handler) => handler.path.accepts(path)));
    },
    refuse: errorReply,
    malformed: () => errorReply(toInferenceError(badRequest("Invalid HTTP message."))),
    replyHeaders: (status) => ({ ...replyHeaders(status, parts.requestId()), ...cors }),
  };
  return authorized(protocol, kind, new Set(open), parts);
}

function corsHeaders({ origin, methods, headers }: CorsHeaders = {}): Readonly<Record<string, string>> {
  return {
    ...(origin ? { "access-control-allow-origin": origin } : {}),
    ...(methods ? { "access-control-allow-methods": methods } : {}),
    ...(headers ? { "access-control-allow-headers": headers } : {}),
  };
}
