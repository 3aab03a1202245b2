// Network namespaces of tests: made, used and removed, also those that a test left behind when it was killed.

import type { ChildProcess, SpawnOptions } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const prefix = "sealserve-faults";
/** Where `ip netns` keeps namespaces, and looks for files that stand in for those of /etc inside one. */
const [namespaces, etc] = ["/run/netns", "/etc/netns"];

export function namespaceName(host: string): string {
  return `${prefix}-${process.pid}-${host}`;
}

/** `hosts`: addresses by the names that they have inside. */
export function makeNamespace(name: string, hosts: Readonly<Record<string, readonly string[]>>): void {
  execFileSync("ip", ["netns", "add", name]);
  const lines = Object.entries(hosts).flatMap(([host, addresses]) => addresses.map((address) => `${address} ${host}`));
  mkdirSync(join(etc, name), { recursive: true });
  writeFileSync(join(etc, name, "hosts"), `127.0.0.1 localhost\n${lines.join("\n")}\n`);
}

export function spawnInside(namespace: string, command: readonly string[], options: SpawnOptions): ChildProcess {
  // ip becomes the command: a signal to the child is one to it.
  return spawn("ip", ["netns", "exec", namespace, ...command], options);
}

/** With all processes in it. */
export function removeNamespace(name: string): void {
  const pids = execFileSync("ip", ["netns", "pids", name], { encoding: "utf8" });
  for (const pid of pids.split("\n").filter((line) => line !== "")) kill(Number(pid));
  execFileSync("ip", ["netns", "delete", name]);
  rmSync(join(etc, name), { recursive: true, force: true });
}

/** Removes namespaces whose makers are gone, and what was mounted for them. */
export function removeLeftovers(): void {
  for (const name of existsSync(namespaces) ? readdirSync(namespaces) : []) {
    if (name.startsWith(`${prefix}-`) && !isAlive(ownerOf(name))) removeNamespace(name);
  }
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [device = "", place = ""] = line.split(" ");
    if (device.startsWith(`${prefix}-`) && !isAlive(ownerOf(device))) execFileSync("umount", ["--lazy", place]);
  }
}

/** A file system of its own, of `size` bytes, in memory. */
export class SmallDisk implements Disposable {
  readonly path: string;
  #mounted = true;

  constructor(path: string, size: number) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, namespaceName("disk"), path]);
  }

  [Symbol.dispose](): void {
    if (!this.#mounted) return;
    this.#mounted = false;
    execFileSync("umount", ["--lazy", this.path]);
  }
}

function ownerOf(name: string): number {
  return Number(name.slice(prefix.length + 1).split("-")[0]);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It may have ended by itself.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
