// Who may call: whoever shows the token, or a certificate of the authorities that are named; everybody where neither is.
import { type BearerToken, type ClientRoots, isInForce } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { ClientCall } from "./client-call.ts";

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
    return token?.isShownIn(headers.authorization) ?? false;
  };
}
