// Who may call: whoever shows the token, or a certificate of the authorities that are named; everybody where neither is.
import { createHash, timingSafeEqual } from "node:crypto";
import { type ClientRoots, isInForce, type Secret } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { ClientCall } from "./client-call.ts";

export interface AuthenticationSettings {
  /** White space at its ends does not count. */
  readonly tokenFile: Secret | null;
  /** The listener judges by them. */
  readonly clientRoots: ClientRoots | string | null;
}

export type MayCall = (call: Pick<ClientCall, "headers" | "channel">) => boolean;

/** Certificates are held against the clock at each call: connections are kept for long. */
export function authentication(
  { tokenFile, clientRoots }: AuthenticationSettings,
  { clock }: { readonly clock: Pick<Clock, "epoch"> },
): MayCall {
  if (tokenFile === null && clientRoots === null) return () => true;
  const expected = tokenFile && digest(Buffer.from(tokenFile.reveal()).toString("utf8").trim());
  tokenFile?.wipe();
  return ({ headers, channel }) => {
    if (clientRoots !== null && isInForce(channel?.clientCertificate() ?? null, clock.epoch())) return true;
    const [, token] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
    return expected !== null && token !== undefined && timingSafeEqual(digest(token), expected);
  };
}

/** Of one length, whatever is compared. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
