// What the lab needs of the machine; where something is missing, its tests say what and skip.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { builtCommand } from "../../clients/built-server.ts";
import { postgresPrograms } from "../../fixtures/postgres-cluster.ts";

/** Why the lab cannot be built here; false where it can. */
export function missingForLab(): string | false {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (!existsSync("/dev/net/tun")) return "there is no /dev/net/tun";
  for (const [program, ...args] of [
    ["ip", "-V"],
    ["python3", "--version"],
    ["setpriv", "--version"],
  ] as const) {
    if (spawnSync(program, args).status !== 0) return `${program} is not installed`;
  }
  if (spawnSync("ip", ["netns", "list"]).status !== 0) return "network namespaces are not allowed here";
  if (postgresPrograms() === null) return "PostgreSQL is not installed under /usr/lib/postgresql";
  if (!existsSync(builtCommand)) return "the command is not built: make build";
  return false;
}
