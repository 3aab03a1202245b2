// Asks the DNS: the addresses of a name, and where a service is.
import { lookup, Resolver } from "node:dns/promises";

export interface NameResolver {
  /** Every IPv4 and IPv6 address of the name. Throws where there is none. */
  addresses(name: string): Promise<readonly string[]>;
  /** Every SRV record of the name. Throws where there is none. */
  services(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>;
}

export interface NameResolverOptions {
  /** Such as `10.0.0.2` or `127.0.0.1:5353`; none: the system's, whose hosts file and search domains then hold for addresses. */
  readonly servers: readonly string[];
  /** Milliseconds that a server has for its answer; it is asked twice. */
  readonly timeout: number;
}

export function nameResolver({ servers, timeout }: NameResolverOptions): NameResolver {
  const resolver = new Resolver({ timeout, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    async addresses(name) {
      if (servers.length === 0) return (await lookup(name, { all: true })).map(({ address }) => address);
      const results = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const found = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
      const failed = results.find((result) => result.status === "rejected" && !isNoRecord(result.reason));
      // Half an answer is none: it would take the other half's backends away.
      if (failed?.status === "rejected") throw failed.reason;
      const [first] = results;
      if (found.length === 0 && first.status === "rejected") throw first.reason;
      return found;
    },
    services: (name) => resolver.resolveSrv(name),
  };
}

/** The name has records, but none of this kind, or there is no such name. */
function isNoRecord(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENODATA" || error.code === "ENOTFOUND");
}
