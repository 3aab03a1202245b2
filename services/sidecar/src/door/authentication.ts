// Who may call: whoever shows the token, or a certificate of the authorities that are named; everybody where neither is.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "@sealserve/server";
import type { ClientCall } from "./client-call.ts";

export interface AuthenticationSettings {
  /** White space at its ends does not count. */
  readonly tokenFile: Secret | null;
  /** PEM. */
  readonly clientRoots: string | null;
}

export type MayCall = (call: Pick<ClientCall, "headers" | "channel">) => boolean;

export function authentication({ tokenFile, clientRoots }: AuthenticationSettings): MayCall {
  if (tokenFile === null && clientRoots === null) return () => true;
  const expected = tokenFile && digest(Buffer.from(tokenFile.reveal()).toString("utf8").trim());
  tokenFile?.wipe();
  return ({ headers, channel }) => {
    if (clientRoots !== null && channel?.clientCertificate()?.problem === null) return true;
    const [, token] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
    return expected !== null && token !== undefined && timingSafeEqual(digest(token), expected);
  };
}

/** Of one length, whatever is compared. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
