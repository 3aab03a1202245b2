// The call that gives a new token for an old one: the answer is an empty text, the token lies in the server's key file.

import { utf8 } from "@sealserve/primitives";
import type { HttpHeaders } from "../http/message.ts";
import type { Route } from "../http/route.ts";
import type { TokenKind } from "./authorize.ts";
import { TorchserveRefusal } from "./refusal.ts";
import { torchservePath } from "./torchserve-path.ts";

export interface TokenArguments {
  /** As the request says it. */
  readonly kind: string;
  /** As it came; null where none did. */
  readonly authorization: string | null;
}

export interface TokenParts {
  /** Makes a new token of a kind. False: `authorization` does not show the key that lets its holder do so. */
  renewToken(kind: TokenKind, authorization: string | null): Promise<boolean>;
}

/** `GET /token?type=management|inference`, by any method. */
export const tokenRoute: Route<TokenArguments, Record<never, never>> = {
  name: "renewToken",
  method: "GET",
  path: torchservePath("/token"),
  writeRequest({ kind, authorization }) {
    const headers: HttpHeaders = authorization === null ? {} : { authorization };
    const query = new URLSearchParams({ type: kind }).toString();
    return { method: "GET", path: "/token", query, headers, body: new Uint8Array() };
  },
  readRequest: ({ query, headers }) => ({
    kind: new URLSearchParams(query).get("type") ?? "",
    authorization: headers["authorization"] ?? null,
  }),
  writeReply: () => ({ status: 200, headers: { "content-type": "application/json" }, body: [utf8("\n")] }),
  readReply: () => ({}),
};

/** Throws `TorchserveRefusal`. */
export async function renewToken({ kind, authorization }: TokenArguments, parts: TokenParts): Promise<object> {
  const known = kind === "inference" || kind === "management";
  if (known && (await parts.renewToken(kind, authorization))) return {};
  const message = "Token Authentication failed. Token either incorrect, expired, or not provided correctly";
  throw new TorchserveRefusal(400, "InvalidKeyException", message);
}
