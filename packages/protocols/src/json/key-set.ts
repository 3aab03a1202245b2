// The keys of one JSON object, to refuse a second one of the same name.

/** Most objects have few keys: a short list is searched quicker than a set is made. */
const longestList = 8;

export class KeySet {
  readonly #list: string[] = [];
  #set: Set<string> | null = null;

  get size(): number {
    return this.#set?.size ?? this.#list.length;
  }

  /** Whether `key` was new. */
  add(key: string): boolean {
    if (this.#set) {
      if (this.#set.has(key)) return false;
      this.#set.add(key);
      return true;
    }
    if (this.#list.includes(key)) return false;
    this.#list.push(key);
    if (this.#list.length > longestList) this.#set = new Set(this.#list);
    return true;
  }
}
