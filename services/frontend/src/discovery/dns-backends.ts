// Backends that the DNS names: asked again every few seconds, as headless services of Kubernetes change.
import { isIPv6 } from "node:net";
import { reasonOf } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { RepeatedCall } from "../repeated-call.ts";
import type { BackendAddress } from "./backend-address.ts";
import type { Discovery, FoundBackends } from "./discovery.ts";
import type { NameResolver } from "./name-resolver.ts";

export type NamedBackends = Exclude<BackendAddress, { kind: "origin" }>;

/** Milliseconds. */
export interface DnsOptions {
  /** Between two questions, a tenth more or less. */
  readonly interval: number;
  /** How long an answer may take. */
  readonly timeout: number;
  /** How long the last answer holds where there is no new one. */
  readonly keep: number;
}

export interface DnsParts {
  readonly resolver: NameResolver;
  readonly clock: Clock;
  random(): number;
  readonly logger: Logger;
}

/** An answer that does not come changes nothing until `keep` is over: a name server that is away takes no backend away. */
export function dnsBackends(address: NamedBackends, options: DnsOptions, parts: DnsParts): Discovery {
  return { start: (found) => new Resolving(address, options, parts, found) };
}

class Resolving implements Disposable {
  readonly #address: NamedBackends;
  readonly #options: DnsOptions;
  readonly #parts: DnsParts;
  readonly #found: FoundBackends;
  readonly #calls: RepeatedCall;
  #known: readonly string[] = [];
  #at: number;
  #problem: string | null = null;

  constructor(address: NamedBackends, options: DnsOptions, parts: DnsParts, found: FoundBackends) {
    this.#address = address;
    this.#options = options;
    this.#parts = parts;
    this.#found = found;
    this.#at = parts.clock.now();
    const { clock, random } = parts;
    this.#calls = new RepeatedCall(options, { clock, random, call: (signal) => this.#call(signal) });
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]();
  }

  async #call(signal: AbortSignal): Promise<void> {
    try {
      const urls = await before(signal, urlsOf(this.#address, this.#parts.resolver));
      if (this.#problem !== null) this.#parts.logger.info("a name is resolved again", { name: this.#address.name });
      this.#problem = null;
      this.#at = this.#parts.clock.now();
      this.#tell(urls);
    } catch (error) {
      this.#keep(error);
    }
  }

  #keep(error: unknown): void {
    const { clock, logger } = this.#parts;
    const problem = reasonOf(error);
    const { name } = this.#address;
    if (problem !== this.#problem) logger.warn("a name of backends is not resolved", { name, reason: problem });
    this.#problem = problem;
    if (this.#known.length === 0 || clock.now() - this.#at < this.#options.keep) return;
    logger.warn("backends are let go: their name was not resolved for too long", { name });
    this.#tell([]);
  }

  #tell(urls: readonly string[]): void {
    const sorted = [...new Set(urls)].sort();
    if (sorted.length === this.#known.length && sorted.every((url, i) => url === this.#known[i])) return;
    this.#known = sorted;
    this.#found(sorted);
  }
}

/** Each is asked for a report every second: a name server that lies must not make this process ask the whole network. */
const mostBackends = 1_000;

/** Throws `RangeError` where there are more than anybody has. */
async function urlsOf(address: NamedBackends, resolver: NameResolver): Promise<readonly string[]> {
  const { name, scheme } = address;
  const targets = address.kind === "addresses" ? [{ name, port: address.port }] : await resolver.services(name);
  checkCount(targets);
  const found = targets.map(async (target) =>
    (await resolver.addresses(target.name)).map((ip) => `${scheme}://${isIPv6(ip) ? `[${ip}]` : ip}:${target.port}`),
  );
  const urls = (await Promise.all(found)).flat();
  checkCount(urls);
  return urls;
}

function checkCount({ length }: readonly unknown[]): void {
  if (length > mostBackends)
    throw new RangeError(`it stands for ${length} backends; at most ${mostBackends} are asked`);
}

/** What comes too late is not waited for. */
async function before<T>(signal: AbortSignal, act: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([act, promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
