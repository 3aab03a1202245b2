// What the lab needs of the machine; where something is missing, its tests say what and skip.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { builtCommand } from "../../clients/built-server.ts";
import { postgresPrograms } from "../../fixtures/postgres-cluster.ts";

/** Why there cannot be hosts on a network of their own here; false where there can. */
export function missingForNetwork(): string | false {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (!existsSync("/dev/net/tun")) return "there is no /dev/net/tun";
  const missing = missingPrograms(["ip", "-V"], ["python3", "--version"]);
  if (missing) return missing;
  if (spawnSync("ip", ["netns", "list"]).status !== 0) return "network namespaces are not allowed here";
  return false;
}

/** Why the lab cannot be built here; false where it can. */
export function missingForLab(): string | false {
  const missing = missingForNetwork() || missingPrograms(["setpriv", "--version"]);
  if (missing) return missing;
  if (postgresPrograms() === null) return "PostgreSQL is not installed under /usr/lib/postgresql";
  if (!existsSync(builtCommand)) return "the command is not built: make build";
  return false;
}

export function missingPrograms(...commands: readonly (readonly [program: string, arg: string])[]): string | false {
  const missing = commands.find(([program, arg]) => spawnSync(program, [arg]).status !== 0);
  return missing ? `${missing[0]} is not installed` : false;
}
