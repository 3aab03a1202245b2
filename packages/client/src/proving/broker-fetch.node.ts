// How a process talks to its key broker: TLS 1.3 to a server that the given authorities vouch for, or plaintext where the configuration allows it.
import { createTlsFetch } from "../tls-fetch.node.ts";

export interface ReachedBroker {
  readonly url: string;
  /** PEM; null: the system's authorities. */
  readonly ca: string | null;
}

/** Milliseconds: longer than a broker takes that has to fetch collateral. Who waited for ever would renew nothing when the network is back. */
const silenceLimit = 20_000;

export function brokerFetch({ url, ca }: ReachedBroker): typeof fetch {
  if (new URL(url).protocol !== "https:") return fetch;
  return createTlsFetch(ca === null ? { silenceLimit } : { roots: ca, silenceLimit });
}
