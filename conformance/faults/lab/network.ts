// Hosts on one Ethernet: a network namespace each, joined by a switch that can lose, delay and cut what goes between them.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { join } from "node:path";
import { jsonLinesOf, stop } from "../../fixtures/spawned-command.ts";
import { makeNamespace, namespaceName, removeLeftovers, removeNamespace, spawnInside } from "./namespaces.ts";

/** What happens to frames in both directions; nothing, where a member is left out. */
export interface Weather {
  /** The share that is lost, from 0 to 1. */
  readonly loss?: number;
  /** Milliseconds, each way. */
  readonly delay?: number;
  readonly cut?: boolean;
}

export interface NetworkOptions<Host extends string> {
  readonly hosts: readonly Host[];
  /** Further names, each for one or more of the hosts. */
  readonly names: Readonly<Record<string, readonly Host[]>>;
}

export class Network<Host extends string> implements AsyncDisposable {
  readonly #hosts: readonly Host[];
  readonly #switch: ChildProcess;
  readonly #answer: () => Promise<unknown>;

  private constructor(hosts: readonly Host[], ethernet: ChildProcess) {
    this.#hosts = hosts;
    this.#switch = ethernet;
    this.#answer = jsonLinesOf(ethernet);
  }

  static async open<Host extends string>({ hosts, names }: NetworkOptions<Host>): Promise<Network<Host>> {
    removeLeftovers();
    const script = join(import.meta.dirname, "ethernet-switch.py");
    const taps = hosts.map((_, i) => tapName(i));
    const ethernet = spawn("python3", [script, ...taps], { stdio: ["pipe", "pipe", "inherit"] });
    const network = new Network(hosts, ethernet);
    await network.#answer();
    const known = {
      ...Object.fromEntries(hosts.map((host) => [host, [network.address(host)]])),
      ...Object.fromEntries(
        Object.entries(names).map(([name, those]) => [name, those.map((host) => network.address(host))]),
      ),
    };
    for (const host of hosts) network.#connect(host, known);
    return network;
  }

  address(host: Host): string {
    return `10.77.0.${this.#hosts.indexOf(host) + 1}`;
  }

  /** Starts a program on a host. */
  spawn(host: Host, command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawnInside(namespaceName(host), command, options);
  }

  async between(one: Host, other: Host, { delay = 0, ...weather }: Weather): Promise<void> {
    const pair = [one, other].map((host) => tapName(this.#hosts.indexOf(host)));
    await this.#rule({ between: pair, delay: delay / 1000, ...weather });
  }

  /** Replaces what was said of pairs. */
  async everywhere({ delay = 0, ...weather }: Weather): Promise<void> {
    await this.#rule({ between: null, delay: delay / 1000, ...weather });
  }

  #ethernetAddress(host: Host): string {
    return `02:00:00:00:00:${(this.#hosts.indexOf(host) + 1).toString(16).padStart(2, "0")}`;
  }

  async #rule(rule: object): Promise<void> {
    this.#switch.stdin?.write(`${JSON.stringify(rule)}\n`);
    await this.#answer();
  }

  #connect(host: Host, names: Readonly<Record<string, readonly string[]>>): void {
    const namespace = namespaceName(host);
    const tap = tapName(this.#hosts.indexOf(host));
    makeNamespace(namespace, names);
    execFileSync("ip", ["link", "set", tap, "netns", namespace]);
    const inside = [
      `link set ${tap} address ${this.#ethernetAddress(host)}`,
      `link set ${tap} up`,
      "link set lo up",
      `address add ${this.address(host)}/24 dev ${tap}`,
      // Who is cut off is silent, as behind a router: nobody is told that a neighbour cannot be found.
      ...this.#hosts
        .filter((other) => other !== host)
        .map((other) => `neighbour add ${this.address(other)} lladdr ${this.#ethernetAddress(other)} dev ${tap}`),
    ];
    execFileSync("ip", ["-netns", namespace, "-batch", "-"], { input: inside.join("\n") });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts) removeNamespace(namespaceName(host));
    this.#switch.stdin?.end();
    await stop(this.#switch);
  }
}

/** Interfaces' names have 15 characters at most. */
function tapName(i: number): string {
  return `sf${process.pid}x${i}`;
}
