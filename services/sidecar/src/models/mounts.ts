// What the kernel says about where a folder lies: the lines of /proc/self/mountinfo (proc_pid_mountinfo(5)) and of /proc/swaps.

export interface Mount {
  readonly point: string;
  readonly type: string;
  /** Of the mount and of the file system. */
  readonly options: readonly string[];
}

/** The mount that `path`, absolute and without links, lies on; null where none is told. Of two at one point the later hides the other. */
export function mountOf(path: string, mountInfo: string): Mount | null {
  let found: Mount | null = null;
  for (const line of mountInfo.split("\n")) {
    const mount = parseMount(line);
    if (mount && isBelow(path, mount.point) && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** Names of what memory can be written to. */
export function swapsIn(procSwaps: string): readonly string[] {
  const [, ...lines] = procSwaps.split("\n");
  return lines.map((line) => line.split(/\s/, 1)[0] ?? "").filter((name) => name !== "");
}

function parseMount(line: string): Mount | null {
  const [front = "", back] = line.split(" - ");
  if (back === undefined) return null;
  const [, , , , point = "", own = ""] = front.split(" ");
  const [type = "", , ofSystem = ""] = back.split(" ");
  return { point: unescaped(point), type, options: [...own.split(","), ...ofSystem.split(",")] };
}

/** The kernel writes white space and backslashes as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function isBelow(path: string, point: string): boolean {
  return point === "/" || path === point || path.startsWith(`${point}/`);
}
