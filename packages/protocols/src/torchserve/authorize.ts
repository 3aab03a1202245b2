// Whether whoever calls has shown the token that its calls need: for every path of a listener, those included that it does not have.
import { InferenceError } from "@sealserve/inference";
import type { Protocol, RouteHandler, UnmatchedRequest } from "../http/protocol.ts";

/** What a token is for. */
export type TokenKind = "inference" | "management";

export interface AuthorizeParts {
  /** `authorization`: as it came, null where none did. Left out: no token is asked for. */
  authorize?(kind: TokenKind, authorization: string | null): boolean;
}

/** The protocol, of which only the routes named in `open` are answered without a token; all else is refused as `unauthorized`. */
export function authorized(
  protocol: Protocol,
  kind: TokenKind,
  open: ReadonlySet<string>,
  { authorize }: AuthorizeParts,
): Protocol {
  if (!authorize) return protocol;
  const check = ({ headers = {}, path }: UnmatchedRequest): void => {
    if (!authorize(kind, headers["authorization"] ?? null)) {
      throw new InferenceError("unauthorized", { what: path });
    }
  };
  return {
    ...protocol,
    handlers: protocol.handlers.map((handler): RouteHandler => {
      if (open.has(handler.name)) return handler;
      return {
        ...handler,
        async handle(request, captured, signal) {
          check(request);
          return handler.handle(request, captured, signal);
        },
      };
    }),
    unmatched(request) {
      check(request);
      return protocol.unmatched(request);
    },
  };
}
