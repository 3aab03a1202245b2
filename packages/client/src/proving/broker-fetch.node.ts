// How a process talks to its key broker: TLS 1.3 to a server that the given authorities vouch for, or plaintext where the configuration allows it.
import { createTlsFetch } from "../tls-fetch.node.ts";

export interface ReachedBroker {
  readonly url: string;
  /** PEM; null: the system's authorities. */
  readonly ca: string | null;
}

export function brokerFetch({ url, ca }: ReachedBroker): typeof fetch {
  if (new URL(url).protocol !== "https:") return fetch;
  return createTlsFetch(ca === null ? {} : { roots: ca });
}
