// Which of the system's shared libraries programs load, asked of the system's own linker.
import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { basename } from "node:path";

export interface SharedLibrary {
  /** As programs ask for it. */
  readonly name: string;
  readonly path: string;
  /** The linker itself, which stands where programs name it. */
  readonly interpreter: boolean;
}

/** Glibc loads these by itself, when a name is looked up. */
const resolver = /^libresolv\.so\.2$/;

/** All that `files` need, by name. Throws `RangeError` for a library that is missing. */
export function sharedLibraries(files: readonly string[]): readonly SharedLibrary[] {
  const found = new Map<string, SharedLibrary>();
  for (const file of files) for (const library of librariesOf(file)) found.set(library.name, library);
  const libc = found.get("libc.so.6");
  if (libc && ![...found.keys()].some((name) => resolver.test(name))) {
    const path = realpathSync(libc.path.replace(/libc\.so\.6$/, "libresolv.so.2"));
    found.set("libresolv.so.2", { name: "libresolv.so.2", path, interpreter: false });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function librariesOf(file: string): readonly SharedLibrary[] {
  const lines = execFileSync("ldd", [file], { encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
  return lines.split("\n").flatMap((line): SharedLibrary[] => {
    if (line.includes("not found")) throw new RangeError(`${file} needs a library that is missing: ${line.trim()}`);
    const path = /(\/\S+) \(0x/.exec(line)?.[1];
    if (path === undefined) return [];
    const name = / => /.test(line) ? (line.trim().split(" ")[0] ?? "") : basename(path);
    return [{ name: basename(name), path: realpathSync(path), interpreter: basename(path).startsWith("ld-linux") }];
  });
}
