// Backends found by list and by a real name server on loopback; what is kept while nobody answers, by a clock turned by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { type Logger, silentLogger } from "@sealserve/server";
import { type DnsServer, dnsServer } from "../testing/dns-server.ts";
import { type BackendAddress, parseBackendAddress } from "./backend-address.ts";
import { discoverBackends } from "./discover-backends.ts";
import { type NameResolver, nameResolver } from "./name-resolver.ts";

for (const [text, address] of [
  ["https://10.0.0.7:9000", { kind: "origin", url: "https://10.0.0.7:9000" }],
  ["https://[::1]:9000/", { kind: "origin", url: "https://[::1]:9000" }],
  ["http://backend", { kind: "origin", url: "http://backend" }],
  ["dns+https://backend.example:9000", { kind: "addresses", scheme: "https", name: "backend.example", port: 9000 }],
  ["dns+http://backend", { kind: "addresses", scheme: "http", name: "backend", port: 80 }],
  ["srv+https://_mesh._tcp.b.example", { kind: "service", scheme: "https", name: "_mesh._tcp.b.example" }],
  ...[
    "",
    "10.0.0.7:9000",
    "ftp://backend",
    "https://",
    "https://a/b",
    "https://u@a",
    "https://a?b",
    "https://a:99999",
    "dns+https://10.0.0.7:9000",
    "dns+https://a:0",
    "dns+https://a b",
    "srv+https://a:9000",
    "srv+a",
  ].map((wrong) => [wrong, null] as const),
] satisfies readonly (readonly [string, BackendAddress | null])[]) {
  test(`the address '${text}' is ${address === null ? "refused" : "taken"}`, () => {
    assert.deepEqual(parseBackendAddress(text), address);
  });
}

const options = { interval: 5_000, timeout: 2_000, keep: 60_000 };

class World implements Disposable {
  readonly clock = new VirtualClock();
  readonly told: (readonly string[])[] = [];
  readonly warnings: string[] = [];
  readonly #started: Disposable;
  #next = Promise.withResolvers<void>();

  constructor(addresses: readonly string[], resolver: NameResolver) {
    const logger: Logger = { ...silentLogger(), warn: (message) => this.warnings.push(message) };
    const parsed = addresses.map((text) => parseBackendAddress(text)).filter((address) => address !== null);
    const settled =
      <A, R>(call: (asked: A) => Promise<R>) =>
      async (asked: A): Promise<R> => {
        try {
          return await call(asked);
        } finally {
          setImmediate(() => this.#next.resolve());
        }
      };
    const parts = { clock: this.clock, random: () => 0.5, logger };
    const watched = { addresses: settled(resolver.addresses), services: settled(resolver.services) };
    this.#started = discoverBackends(parsed, options, { ...parts, resolver: watched }).start((urls) =>
      this.told.push(urls),
    );
  }

  /** Turns the clock and waits until the question that this asks is answered. */
  async pass(ms: number): Promise<void> {
    this.#next = Promise.withResolvers();
    this.clock.advance(ms);
    await this.#next.promise;
    await turn();
    await turn();
  }

  [Symbol.dispose](): void {
    this.#started[Symbol.dispose]();
  }
}

function resolverOf(server: DnsServer): NameResolver {
  return nameResolver({ servers: [server.address], timeout: 300 });
}

test("a list is told once, without duplicates", () => {
  const nobody: NameResolver = { addresses: () => Promise.reject(), services: () => Promise.reject() };
  using world = new World(["https://a:1", "https://b:2", "https://a:1"], nobody);
  assert.deepEqual(world.told, [["https://a:1", "https://b:2"]]);
});

test("each address of a name is a backend; only changes are told, beside the list", async () => {
  const A = (...ips: string[]) => ({ A: { "backend.test": ips } });
  await using server = await dnsServer(A("10.0.0.2", "10.0.0.1"));
  using world = new World(["https://a:1", "dns+https://backend.test:9000"], resolverOf(server));
  await world.pass(0);
  assert.deepEqual(world.told.at(-1), ["https://a:1", "https://10.0.0.1:9000", "https://10.0.0.2:9000"]);
  const told = world.told.length;
  server.records = A("10.0.0.1", "10.0.0.2");
  await world.pass(5_000);
  assert.equal(world.told.length, told);
  server.records = A("10.0.0.3");
  await world.pass(5_000);
  assert.deepEqual(world.told.at(-1), ["https://a:1", "https://10.0.0.3:9000"]);
});

test("each SRV record is a backend, at its own port", async () => {
  await using server = await dnsServer({
    SRV: {
      "_mesh._tcp.backend.test": [
        { name: "b-0.test", port: 9000 },
        { name: "b-1.test", port: 9001 },
      ],
    },
    A: { "b-0.test": ["10.0.0.1"], "b-1.test": ["10.0.0.2"] },
  });
  using world = new World(["srv+https://_mesh._tcp.backend.test"], resolverOf(server));
  await world.pass(0);
  // The services, then the addresses of each.
  for (let i = 0; i < 100 && (world.told.at(-1)?.length ?? 0) === 0; i++) await turn();
  while ((world.told.at(-1)?.length ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(world.told.at(-1), ["https://10.0.0.1:9000", "https://10.0.0.2:9001"]);
});

test("what is known is kept while names are not resolved, for a time; each problem is logged once", async () => {
  await using server = await dnsServer({ A: { "backend.test": ["10.0.0.1"] } });
  using world = new World(["dns+https://backend.test:9000"], resolverOf(server));
  await world.pass(0);
  const known = world.told.at(-1);
  server.records = 2;
  for (let i = 0; i < 5; i++) await world.pass(5_000);
  assert.deepEqual([world.told.at(-1), world.warnings.length], [known, 1]);
  server.records = 3;
  for (let i = 0; i < 7; i++) await world.pass(5_000);
  assert.deepEqual([world.told.at(-1), world.warnings.length], [[], 3]);
  server.records = { A: { "backend.test": ["10.0.0.9"] } };
  await world.pass(5_000);
  assert.deepEqual(world.told.at(-1), ["https://10.0.0.9:9000"]);
});

test("a name server that names more backends than anybody has takes none away and adds none", async () => {
  let count = 1;
  const ips = () => Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 0xff}`);
  const lying: NameResolver = {
    addresses: async () => ips(),
    services: async () => ips().map((name) => ({ name, port: 9000 })),
  };
  using world = new World(["dns+https://backend.test:9000", "srv+https://_mesh._tcp.backend.test"], lying);
  await world.pass(0);
  assert.deepEqual(world.told.at(-1), ["https://10.0.0.0:9000"]);
  const told = world.told.length;
  // As addresses, as services, and as addresses of services.
  for (count of [1_001, 40]) {
    await world.pass(5_000);
    if (count > 1_000) assert.equal(world.told.length, told);
  }
  assert.equal(world.told.at(-1)?.length, 40);
  assert.equal(new Set(world.warnings).size, 1);
});

test("a name server that does not answer in time changes nothing", async () => {
  const waiting: NameResolver = { addresses: () => new Promise(() => {}), services: () => new Promise(() => {}) };
  using world = new World(["dns+https://backend.test:9000"], waiting);
  world.clock.advance(0);
  await turn();
  world.clock.advance(2_000);
  await turn();
  assert.deepEqual([world.told.flat(), world.warnings.length], [[], 1]);
  assert.equal(world.clock.timers, 1, "it will be asked again");
});

test("the system's own resolver knows this machine", async () => {
  const found = await nameResolver({ servers: [], timeout: 300 }).addresses("localhost");
  assert.ok(found.includes("127.0.0.1") || found.includes("::1"));
});
