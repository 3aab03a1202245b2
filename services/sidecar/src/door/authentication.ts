// Who may call: whoever shows the token, or a certificate of the authorities that are named; everybody where neither is.
import { type BearerToken, type ClientRoots, isInForce } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { ClientCall } from "./client-call.ts";
import { ownAuthorization } from "./passed-headers.ts";

export interface AuthenticationSettings {
  /** The listener judges by them. */
  readonly clientRoots: ClientRoots | string | null;
}

export interface AuthenticationParts {
  /** Null: there is none. */
  readonly token: Pick<BearerToken, "isShownIn"> | null;
  readonly clock: Pick<Clock, "epoch">;
}

export type MayCall = (call: Pick<ClientCall, "headers" | "channel">) => boolean;

/** Certificates are held against the clock at each call: connections are kept for long. */
export function authentication(
  { clientRoots }: AuthenticationSettings,
  { token, clock }: AuthenticationParts,
): MayCall {
  if (token === null && clientRoots === null) return () => true;
  return ({ headers, channel }) => {
    if (clientRoots !== null && isInForce(channel?.clientCertificate() ?? null, clock.epoch())) return true;
    if (token === null) return false;
    return token.isShownIn(headers.authorization) || token.isShownIn(ownIn(headers));
  };
}

export type KeepsAuthorization = (headers: ClientCall["headers"]) => boolean;

/** Whether `authorization` is for the upstream to see: it is ours unless our token has a header of its own, and it never is where it shows that token. */
export function keepsAuthorization({ token }: Pick<AuthenticationParts, "token">): KeepsAuthorization {
  if (token === null) return () => true;
  return (headers) => ownIn(headers) !== undefined && !token.isShownIn(headers.authorization);
}

function ownIn(headers: ClientCall["headers"]): string | undefined {
  const shown = headers[ownAuthorization];
  return typeof shown === "string" ? shown : undefined;
}
