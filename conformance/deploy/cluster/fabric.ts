// The network of pods: a bridge, a namespace for each pod, and a name server that knows their Services.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { jsonLinesOf, stop } from "../../fixtures/spawned-command.ts";
import type { ClusterRecords } from "./name-server.ts";

const prefix = "sealserve-pods";

export interface PodPlace {
  readonly namespace: string;
  readonly address: string;
}

/** Why pods cannot run here, or false. */
export function withoutNamespaces(): string | false {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  const probe = `${prefix}-${process.pid}-probe`;
  const made = spawnSync("ip", ["netns", "add", probe]).status === 0;
  if (!made) return "ip netns is not allowed here, or iproute2 is not installed";
  const bridged = spawnSync("ip", ["-n", probe, "link", "add", "br0", "type", "bridge"]).status === 0;
  spawnSync("ip", ["netns", "delete", probe]);
  return bridged ? false : "this kernel makes no bridges";
}

export class Fabric implements AsyncDisposable {
  readonly #namespaces: string[] = [];
  readonly #own: string;
  readonly #names: ChildProcess;
  readonly #answer: () => Promise<unknown>;
  readonly nameServer = "10.79.0.1";

  private constructor(own: string, names: ChildProcess) {
    this.#own = own;
    this.#names = names;
    this.#answer = jsonLinesOf(names);
    this.#namespaces.push(own);
  }

  static async open(): Promise<Fabric> {
    removeLeftovers();
    const own = nameOf("fabric");
    ip("netns", "add", own);
    ip("-n", own, "link", "set", "lo", "up");
    ip("-n", own, "link", "add", "br0", "type", "bridge");
    ip("-n", own, "address", "add", "10.79.0.1/24", "dev", "br0");
    ip("-n", own, "link", "set", "br0", "up");
    const script = join(import.meta.dirname, "name-server.ts");
    const names = spawn("ip", ["netns", "exec", own, process.execPath, script, "10.79.0.1"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const fabric = new Fabric(own, names);
    await fabric.#answer();
    return fabric;
  }

  /** A place for one more pod. */
  place(): PodPlace {
    const number = this.#namespaces.length + 1;
    const namespace = nameOf(`pod${number}`);
    const address = `10.79.0.${number}`;
    ip("netns", "add", namespace);
    this.#namespaces.push(namespace);
    ip("-n", this.#own, "link", "add", `pod${number}`, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("-n", this.#own, "link", "set", `pod${number}`, "master", "br0", "up");
    ip("-n", namespace, "address", "add", `${address}/24`, "dev", "eth0");
    for (const device of ["lo", "eth0"]) ip("-n", namespace, "link", "set", device, "up");
    return { namespace, address };
  }

  async tell(records: ClusterRecords): Promise<void> {
    this.#names.stdin?.write(`${JSON.stringify(records)}\n`);
    await this.#answer();
  }

  /** Runs a program where no pod is, such as a stranger's. */
  command(args: readonly string[]): readonly [string, readonly string[]] {
    return ["ip", ["netns", "exec", this.#own, ...args]];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#names);
    for (const name of this.#namespaces) remove(name);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

function nameOf(what: string): string {
  return `${prefix}-${process.pid}-${what}`;
}

/** Those of tests that were killed. */
function removeLeftovers(): void {
  const place = "/run/netns";
  for (const name of existsSync(place) ? readdirSync(place) : []) {
    const [, owner] = new RegExp(`^${prefix}-(\\d+)-`).exec(name) ?? [];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) remove(name);
  }
}

/** With all processes in it. */
function remove(name: string): void {
  const { stdout = "" } = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" });
  for (const pid of stdout.split("\n").filter((line) => line !== "")) spawnSync("kill", ["-KILL", pid]);
  spawnSync("ip", ["netns", "delete", name]);
}
