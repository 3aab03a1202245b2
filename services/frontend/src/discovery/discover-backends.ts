// From addresses as somebody wrote them down to one discovery of them all.
import type { BackendAddress } from "./backend-address.ts";
import type { Discovery } from "./discovery.ts";
import { type DnsOptions, type DnsParts, dnsBackends } from "./dns-backends.ts";
import { allBackends, fixedBackends } from "./fixed-backends.ts";

export function discoverBackends(
  addresses: readonly BackendAddress[],
  options: DnsOptions,
  parts: DnsParts,
): Discovery {
  const urls = addresses.flatMap((address) => (address.kind === "origin" ? [address.url] : []));
  const named = addresses.flatMap((address) =>
    address.kind === "origin" ? [] : [dnsBackends(address, options, parts)],
  );
  return named.length === 0 ? fixedBackends(urls) : allBackends([fixedBackends(urls), ...named]);
}
