// Asks a server for evidence on a new connection and judges it check by check; nothing else is sent.
import { type Scorecard, type ScorecardOptions, scorecard, type TrustParts } from "@sealserve/session";
import { askConnection } from "./attest-connection.node.ts";
import { originOf } from "./origin.ts";
import type { TlsConnectionOptions } from "./tls-connection.node.ts";

/** Throws `SessionError` where there is no evidence to judge: `unreachable`, `url-refused`, `tls-version-refused`, `not-attested` and others. */
export async function scoreServer(
  url: string,
  options: ScorecardOptions & Omit<TlsConnectionOptions, "url">,
  parts: TrustParts & { readonly signal: AbortSignal },
): Promise<Scorecard> {
  const { http, document, expected } = await askConnection({ ...options, url: originOf(url) }, {}, parts.signal);
  http.close();
  return scorecard(document, expected, options, parts);
}
