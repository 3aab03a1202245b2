// Users of the system for models: the processes of each loaded version have one to themselves, so they can read nothing of another's, nor of the server's.
import { readFileSync } from "node:fs";
import { EngineLoadError } from "../engine-error.ts";
import { ModelUsersError } from "./model-users-error.ts";

/** Numbers of users that nobody else on this machine has; each is the number of a group, too. */
export interface UserRange {
  readonly from: number;
  readonly count: number;
}

/** Held by one version until it is disposed, when none of its processes is left. */
export interface ModelUser extends Disposable {
  /** Of the user, and of its group. */
  readonly id: number;
}

export interface ModelUsers {
  /** The one that was free for longest, since files outside of a model's folders may be left of it; null: all are taken. */
  take(): ModelUser | null;
  readonly range: UserRange;
}

export interface ModelUsersParts {
  /** Text of a file of /proc. */
  readonly read: (path: string) => string;
  /** The server's user. */
  readonly own: number;
}

export interface UserParts {
  /** Left out: handlers run as the server's user. */
  readonly users?: ModelUsers;
  /** Told when a handler is about to run as the server's user. Must not throw. */
  readonly onServersUser?: () => void;
}

/** Bits of `CapEff` (linux/capability.h): to give folders away, to enter those that are given, to end processes, and to become another user. */
const needed = { CAP_CHOWN: 0, CAP_DAC_OVERRIDE: 1, CAP_KILL: 5, CAP_SETGID: 6, CAP_SETUID: 7 };

/** Throws {@link ModelUsersError} where the server may not do what it takes. */
export function openModelUsers(range: UserRange, parts: ModelUsersParts = linuxParts()): ModelUsers {
  const { from, count } = range;
  const last = from + count - 1;
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(read(parts, "/proc/self/status"))?.[1];
  const held = BigInt(`0x${mask ?? "0"}`);
  const missing = Object.entries(needed).filter(([, bit]) => ((held >> BigInt(bit)) & 1n) === 0n);
  if (missing.length > 0) throw new ModelUsersError("missing-capabilities", { missing: missing.map(([name]) => name) });
  if (parts.own >= from && parts.own <= last) throw new ModelUsersError("own-user", { from, last, own: parts.own });
  for (const map of ["/proc/self/uid_map", "/proc/self/gid_map"]) {
    if (!covers(read(parts, map), from, last)) throw new ModelUsersError("unmapped", { from, last, map });
  }
  const free = Array.from({ length: count }, (_, index) => from + index);
  return {
    range,
    take() {
      const id = free.shift();
      if (id === undefined) return null;
      let isHeld = true;
      return {
        id,
        [Symbol.dispose]() {
          if (isHeld) free.push(id);
          isHeld = false;
        },
      };
    },
  };
}

/** Lines of: first number inside, first outside, how many (user_namespaces(7)). */
function covers(map: string, from: number, last: number): boolean {
  return map.split("\n").some((line) => {
    const [inside = 0, , length = 0] = line.trim().split(/\s+/).map(Number);
    return inside <= from && last < inside + length;
  });
}

function read({ read }: ModelUsersParts, path: string): string {
  try {
    return read(path);
  } catch (error) {
    throw new ModelUsersError("no-linux", { path }, error);
  }
}

function linuxParts(): ModelUsersParts {
  return { read: (path) => readFileSync(path, "utf8"), own: process.getuid?.() ?? 0 };
}

/** null: the handler runs as the server's user. Throws `EngineLoadError` where all are taken. */
export function takeUser(model: string, { users, onServersUser }: UserParts): ModelUser | null {
  if (!users) {
    onServersUser?.();
    return null;
  }
  const user = users.take();
  if (user) return user;
  const reason = `all ${users.range.count} users for Python handlers are taken: allow more in python.users, or unload models`;
  throw new EngineLoadError("load-failed", { model, reason });
}
