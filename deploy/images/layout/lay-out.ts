// Lays out the file tree of an image: one process, Node, the libraries of both, the bill of all that, and nothing else.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleProcess, processName } from "../../../tools/bundle-process.ts";
import { billOfTree } from "./bill-of-tree.ts";
import { packagePlaces, unneeded } from "./engine-packages.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { filesBelow, libraryPlace, put, settle } from "./tree-files.ts";

const root = join(import.meta.dirname, "../../..");

/** Who the process is: nobody else has this number, and it owns no file. */
export const uid = 65532;

export interface LayOutOptions {
  /** The process's folder, such as `services/backend`. */
  readonly folder: string;
  /** Where the tree goes; what was there is removed. */
  readonly target: string;
  /** Seconds since 1970: of every file's time stamp. */
  readonly date: number;
}

/** The same sources, Node and system libraries give the same tree. */
export async function layOut({ folder, target, date }: LayOutOptions): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  const program = join(target, "opt/sealserve");
  await bundleProcess(folder, program);
  const places = packagePlaces(join(program, "package.json"), root);
  for (const place of places)
    cpSync(join(root, place), join(program, place), {
      recursive: true,
      dereference: true,
      filter: (source) => !unneeded(source.slice(root.length + 1)),
    });
  const node = join(target, "usr/bin/node");
  put(process.execPath, node);
  const native = [node, ...filesBelow(program).filter((file) => /\.node$|\.so(\.\d+)*$/.test(file))];
  const libraries = sharedLibraries(native).filter(({ path }) => !path.startsWith(target));
  for (const { name, path, interpreter } of libraries) put(path, join(target, libraryPlace(name, interpreter)));
  settings(target);
  const bill = join(program, "sbom.cdx.json");
  const { components: bundled } = JSON.parse(readFileSync(bill, "utf8"));
  const subject = `sealserve-${processName(folder)}`;
  writeFileSync(bill, `${JSON.stringify(billOfTree({ subject, places, libraries, bundled }, root), null, 2)}\n`);
  settle(target, date);
}

/** What programs look up: who they are, and how names of hosts are found. */
function settings(target: string): void {
  const write = (path: string, lines: readonly string[]): void => {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), lines.map((line) => `${line}\n`).join(""));
  };
  write("etc/passwd", ["root:x:0:0:root:/:/none", `sealserve:x:${uid}:${uid}:sealserve:/:/none`]);
  write("etc/group", ["root:x:0:", `sealserve:x:${uid}:`]);
  write("etc/nsswitch.conf", ["hosts: files dns"]);
  for (const folder of ["tmp", "etc/sealserve", "run/secrets", "var/lib/sealserve"])
    mkdirSync(join(target, folder), { recursive: true });
}
