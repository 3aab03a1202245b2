// Files of a tree: put into it, found in it, and settled so that nothing tells when or by whom it was made.
import { chmodSync, copyFileSync, lstatSync, lutimesSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const programs = /\/(node|python3|torch_shm_manager|ld-linux[^/]*)$/;

export function put(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
}

/** Of a library: where programs look for it first. */
export function libraryPlace(name: string, interpreter: boolean): string {
  return join(interpreter ? "lib64" : "lib/x86_64-linux-gnu", name);
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Nothing is written by the process, and nothing tells when or with which mask the tree was made. `date`: seconds since 1970. */
export function settle(path: string, date: number): void {
  const found = lstatSync(path);
  if (found.isDirectory()) {
    for (const name of readdirSync(path)) settle(join(path, name), date);
    // A volume takes its mode from the folder that it is mounted on.
    chmodSync(path, /\/(tmp|var\/lib\/sealserve)$/.test(path) ? 0o1777 : 0o755);
  } else if (!found.isSymbolicLink()) chmodSync(path, programs.test(path) ? 0o755 : 0o644);
  lutimesSync(path, date, date);
}
