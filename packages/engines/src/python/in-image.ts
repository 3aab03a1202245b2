// Whether a file lies in the file system that this program is in: what the host of a TEE mounts beside it is not measured with it.
import { readFile, realpath } from "node:fs/promises";
import { sep } from "node:path";

/** Throws what `realpath` throws. */
export async function isInImage(path: string): Promise<boolean> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  const [asked, own] = await Promise.all([realpath(path), realpath(import.meta.filename)]);
  return mountOf(asked, mounts) === mountOf(own, mounts);
}

/** The number of the mount that shows a path without links (proc_pid_mountinfo(5)); null: none does. */
export function mountOf(path: string, mountinfo: string): string | null {
  let found: { readonly id: string; readonly length: number } | null = null;
  for (const line of mountinfo.split("\n")) {
    const [id, , , , escaped] = line.split(" ");
    if (id === undefined || escaped === undefined) continue;
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const isAbove = point === sep || path === point || path.startsWith(`${point}${sep}`);
    // Of two at one place the later one hides the other.
    if (isAbove && point.length >= (found?.length ?? 0)) found = { id, length: point.length };
  }
  return found?.id ?? null;
}
