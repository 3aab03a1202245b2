// How a process talks to its key broker: TLS 1.3 to a server that the given authorities vouch for, or plaintext where the configuration allows it.
import { kbsRoutes } from "@sealserve/protocols/key-broker";
import { AddressOrder, type LookupAll } from "../address-order.node.ts";
import { createTlsFetch } from "../tls-fetch.node.ts";

export interface ReachedBroker {
  readonly url: string;
  /** PEM; null: the system's authorities. */
  readonly ca: string | null;
}

/** Milliseconds: longer than a broker takes that has to fetch collateral. Who waited for ever would renew nothing when the network is back. */
const silenceLimit = 20_000;

/**
 * Several brokers may be behind one name over TLS: one that cannot be connected to is passed over, one that answered 503 is asked after all others, and
 * else whoever answered last is asked again.
 */
export function brokerFetch(
  { url, ca }: ReachedBroker,
  parts: { readonly lookup?: LookupAll | undefined } = {},
): typeof fetch {
  if (new URL(url).protocol !== "https:") return fetch;
  const addresses = new AddressOrder(parts.lookup ? { lookup: parts.lookup } : {});
  const ask = createTlsFetch(ca === null ? { silenceLimit } : { roots: ca, silenceLimit }, { addresses });
  return async (input, init) => {
    const answer = await ask(input, init);
    // A session that nobody goes on with is forgotten: no other call is repeated here.
    if (answer.status !== 503 || addresses.count < 2 || !beginsSession(input)) return answer;
    await answer.body?.cancel();
    return ask(input, init);
  };
}

function beginsSession(input: Parameters<typeof fetch>[0]): boolean {
  return kbsRoutes.auth.path.accepts(new URL(input instanceof Request ? input.url : input).pathname);
}
