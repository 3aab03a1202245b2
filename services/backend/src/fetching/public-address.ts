// Whether an address is one that everybody in the world may mean: a server that fetches what it is told must not ask its own network.
import { BlockList, isIP, isIPv6 } from "node:net";

/** IANA's special-purpose registries (RFC 6890 and after): what is not global, and what leads to IPv4 addresses inside IPv6 ones. */
const notPublic = {
  ipv4: [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 4],
    ["240.0.0.0", 4],
  ],
  ipv6: [
    ["::", 96],
    ["::ffff:0:0", 96],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["100::", 64],
    ["2001::", 23],
    ["2001:db8::", 32],
    ["2002::", 16],
    ["3fff::", 20],
    ["5f00::", 16],
    ["fc00::", 7],
    ["fe80::", 10],
    ["fec0::", 10],
    ["ff00::", 8],
  ],
} as const;

/** Each family has its own: a list takes IPv4 addresses for mapped ones. */
const lists = { ipv4: listOf("ipv4"), ipv6: listOf("ipv6") };

/** False for what is no address at all. */
export function isPublicAddress(address: string): boolean {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  // With a zone it is one of this machine's own links.
  return isIP(address) !== 0 && !address.includes("%") && !lists[family].check(address, family);
}

function listOf(family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of notPublic[family]) list.addSubnet(address, prefix, family);
  return list;
}
