// Lays out the tree that makes an image one with Python: interpreter, modules, their libraries, the bill of all that, and nothing else.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Component, softwareBill } from "../../../tools/software-bill.ts";
import { debianPackages } from "./debian-packages.ts";
import { copyModules, placeLinks } from "./python-files.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { filesBelow, libraryPlace, put, settle } from "./tree-files.ts";

const interpreter = "/usr/bin/python3";
/** Authorities of the web: Debian's `certifi` names this file, and OpenSSL looks for the other. */
const authorities = "/etc/ssl/certs/ca-certificates.crt";
const opensslAuthorities = "/usr/lib/ssl/cert.pem";

export interface PythonTreeOptions {
  /** Where the tree goes; what was there is removed. */
  readonly target: string;
  /** Seconds since 1970: of every file's time stamp. */
  readonly date: number;
}

/** The same packages of the system give the same tree. Throws where a library or a package is missing. */
export function layOutPython({ target, date }: PythonTreeOptions): void {
  rmSync(target, { recursive: true, force: true });
  const program = realpathSync(interpreter);
  put(program, join(target, interpreter));
  put(authorities, join(target, authorities));
  mkdirSync(dirname(join(target, opensslAuthorities)), { recursive: true });
  symlinkSync(relative(dirname(opensslAuthorities), authorities), join(target, opensslAuthorities));
  const copied = moduleFolders().map((folder) => copyModules(folder, target));
  const links = copied.flatMap((each) => each.links);
  // By their names: what PyTorch opens itself, before anything that needs it.
  const opened = links.filter(({ name }) => name.startsWith("libtorch_global_deps."));
  const native = [program, ...copied.flatMap((each) => each.native), ...opened.map(({ path }) => path)];
  const libraries = [
    ...opened.map(({ name, path }) => ({ name, path, interpreter: false })),
    ...sharedLibraries(native),
  ];
  for (const { name, path, interpreter: linker } of libraries) put(path, join(target, libraryPlace(name, linker)));
  placeLinks(links, target);
  compile(target);
  const owned = filesBelow(target).map((path) => path.slice(target.length));
  const packages = debianPackages([program, authorities, ...owned, ...libraries.map(({ path }) => path)]);
  writeBill(target, [...packages, ...distributions()]);
  settle(target, date);
}

function moduleFolders(): readonly string[] {
  const version = ask("import sys; print('%d.%d' % sys.version_info[:2])");
  return [
    `/usr/lib/python${version}`,
    "/usr/lib/python3/dist-packages",
    `/usr/local/lib/python${version}/dist-packages`,
  ];
}

/** Once for all, since a read-only file system keeps nothing: without times, and trusted without a look at the source. */
function compile(target: string): void {
  const flags = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", target, "-p", "/"];
  execFileSync(interpreter, [...flags, join(target, "usr")], {
    env: { PATH: "/usr/bin:/bin", PYTHONHASHSEED: "0" },
    cwd: "/",
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** What is not Debian's. */
function distributions(): readonly Component[] {
  const question = `
import importlib.metadata as found, json
print(json.dumps([[each.metadata["Name"], each.version, str(each.read_text("RECORD"))]
    for each in found.distributions() if str(each.locate_file("")).startswith("/usr/local/")]))`;
  const rows: readonly (readonly [string, string, string])[] = JSON.parse(ask(question));
  return rows.map(([name, version, record]) => ({
    ...{ type: "library", name, version, purl: `pkg:pypi/${name.toLowerCase()}@${version}` },
    // The digest of the list that has the digest of each of its files.
    hashes: [{ alg: "SHA-256", content: createHash("sha256").update(record).digest("hex") }],
  }));
}

function writeBill(target: string, components: readonly Component[]): void {
  const { version = "" } = components.find(({ name }) => name === "torchserve") ?? {};
  const bill = softwareBill({ name: "sealserve-python", version }, components);
  const file = join(target, "opt/sealserve/sbom-python.cdx.json");
  put(interpreter, file);
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
}

function ask(question: string): string {
  return execFileSync(interpreter, ["-c", question], { encoding: "utf8" }).trim();
}
