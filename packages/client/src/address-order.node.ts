// In which order the addresses of a name are tried: one that answered that it cannot comes after all others.
import { type LookupAddress, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";

/** As `dns.lookup` with `all: true`. */
export type LookupAll = (
  name: string,
  options: { readonly all: true },
  told: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export class AddressOrder {
  readonly #lookup: LookupAll;
  /** Whoever refused last comes last. */
  #refused: readonly string[] = [];
  #preferred: string | null = null;
  #count = 0;

  constructor({ lookup = systemLookup }: { readonly lookup?: LookupAll } = {}) {
    this.#lookup = lookup;
  }

  /** For a connection, which tries one address after the other. */
  readonly lookup: LookupFunction = (name, options, told) => {
    this.#lookup(name, { all: true }, (error, found) => {
      const addresses = [...(found ?? [])].sort((a, b) => this.#rank(a.address) - this.#rank(b.address));
      const [first] = addresses;
      this.#count = addresses.length;
      if (error || !first) told(error ?? new Error(`${name} has no address`), "");
      else if (options.all) told(null, addresses);
      else told(null, first.address, first.family);
    });
  };

  /** How many addresses the name had when it was looked up last. */
  get count(): number {
    return this.#count;
  }

  /** Whoever answers is asked again: what one server began, another may not know. */
  answered(address: string): void {
    this.#preferred = address;
  }

  refused(address: string): void {
    if (this.#preferred === address) this.#preferred = null;
    this.#refused = [...this.#refused.filter((each) => each !== address), address];
  }

  #rank(address: string): number {
    return address === this.#preferred ? -1 : this.#refused.indexOf(address) + 1;
  }
}
