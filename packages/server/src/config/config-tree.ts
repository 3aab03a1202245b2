// Values laid over each other by key path, each with its origin.
import type { Origin } from "./config-error.ts";
import { type KeyPath, keyText } from "./schema-settings.ts";

type Branch = Record<string, unknown>;

/** Where the value at a path of the configuration file was written, or null. */
export type Locate = (path: KeyPath) => Origin | null;

/** The file's values at the bottom; what is set later lies on top. */
export class ConfigTree {
  readonly root: Branch;
  readonly #locate: Locate;
  readonly #laid = new Map<string, Origin>();

  constructor(root: Branch, locate: Locate) {
    this.root = root;
    this.#locate = locate;
  }

  set(path: readonly string[], value: unknown, origin: Origin): void {
    let branch = this.root;
    for (const key of path.slice(0, -1)) {
      const next = branch[key];
      if (isBranch(next)) branch = next;
      else {
        const made: Branch = {};
        branch[key] = made;
        branch = made;
      }
    }
    const last = path.at(-1);
    if (last === undefined) return;
    branch[last] = value;
    this.#laid.set(keyText(path), origin);
  }

  /** Undefined where nothing is. */
  get(path: KeyPath): unknown {
    let value: unknown = this.root;
    for (const key of path) value = isBranch(value) ? value[String(key)] : undefined;
    return value;
  }

  /** Of the value at `path`, or of the nearest value around it. */
  originOf(path: KeyPath): Origin | null {
    for (let length = path.length; length > 0; length--) {
      const laid = this.#laid.get(keyText(path.slice(0, length)));
      if (laid) return laid;
    }
    return this.#locate(path);
  }
}

function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null;
}
