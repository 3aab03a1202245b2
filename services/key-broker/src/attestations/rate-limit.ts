// Admits so much a second in the long run, and so much at once in the short: of all together, and of each network address.
import { isIPv6 } from "node:net";

export interface RateLimitOptions {
  /** A second. */
  readonly rate: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** Milliseconds that never go back. */
interface Parts {
  readonly now: () => number;
}

/** A token bucket. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(options: RateLimitOptions, { now }: Parts) {
    this.#options = options;
    this.#now = now;
    this.#left = options.burst;
    this.#at = now();
  }

  /** Seconds until there is enough for `cost`; 0: it is there. Nothing is taken. */
  wait(cost = 1): number {
    const { rate, burst } = this.#options;
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * rate) / 1000);
    this.#at = now;
    return Math.max(0, (cost - this.#left) / rate);
  }

  take(cost = 1): void {
    this.#left -= cost;
  }
}

export interface AddressLimitOptions {
  readonly all: RateLimitOptions;
  readonly each: RateLimitOptions;
  /** Addresses that are remembered; the one that asked longest ago goes, and has its whole burst again. */
  readonly maxAddresses: number;
}

/** One address cannot use up what is for all. */
export class AddressLimit {
  readonly #options: AddressLimitOptions;
  readonly #parts: Parts;
  readonly #all: RateLimit;
  readonly #each = new Map<string, RateLimit>();

  constructor(options: AddressLimitOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#all = new RateLimit(options.all, parts);
  }

  /** Takes `cost` for `address`. The result is 0, or the seconds until it can be had: then nothing was taken. */
  admit(address: string, cost = 1): number {
    const own = this.#of(networkOf(address));
    const wait = own.wait(cost) || this.#all.wait(cost);
    if (wait > 0) return wait;
    own.take(cost);
    this.#all.take(cost);
    return 0;
  }

  #of(network: string): RateLimit {
    const known = this.#each.get(network) ?? new RateLimit(this.#options.each, this.#parts);
    this.#each.delete(network);
    this.#each.set(network, known);
    const [oldest] = this.#each.keys();
    if (this.#each.size > this.#options.maxAddresses && oldest !== undefined) this.#each.delete(oldest);
    return known;
  }
}

/** Of an IPv6 address its first 64 bits: whoever has one has all of these. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  if (!isIPv6(address)) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const all = [...first, ...Array.from({ length: Math.max(0, zeros) }, () => "0"), ...last];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
