// What the enclave runs: the entrypoint, its arguments, and whether both are measured.
import { error, type Finding } from "./finding.ts";
import type { Manifest } from "./manifest.ts";

const shells: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "env"]);
const interpreters = /^(node|nodejs|python[0-9.]*|java|perl|ruby|php|lua)$/;
/** Flags after which an argument is a program, by a short name in one word with others, too. */
const textFlags = /^(-[a-z]*c|-e|-p|-pe|-E|--eval(=.*)?|--print(=.*)?)$/s;

export function programRules(manifest: Manifest): readonly Finding[] {
  return [...entrypoint(manifest), ...argumentSource(manifest), ...program(manifest)];
}

function entrypoint(manifest: Manifest): readonly Finding[] {
  const found = manifest.get("libos.entrypoint");
  if (!shells.has(baseName(found))) return [];
  const remedy = "make the serving program the entrypoint: MRENCLAVE then says what runs";
  return [error("entrypoint-is-shell", "libos.entrypoint", found, remedy)];
}

function argumentSource(manifest: Manifest): readonly Finding[] {
  const findings: Finding[] = [];
  const fromFile = manifest.get("loader.argv_src_file");
  const remedy = "write each argument into loader.argv, where it is read by whoever checks the manifest";
  if (fromFile !== undefined) findings.push(error("arguments-from-file", "loader.argv_src_file", fromFile, remedy));
  const words = argumentsOf(manifest);
  const name = baseName(manifest.get("libos.entrypoint"));
  const text = words.findIndex(
    (word, i) => i > 0 && (shells.has(name) || interpreters.test(name)) && textFlags.test(word),
  );
  if (text > 0 && text < programIndex(words))
    findings.push(
      error(
        "arguments-run-text",
        `loader.argv[${text}]`,
        words[text],
        "put the text into a file, and trust it by its hash",
      ),
    );
  return findings;
}

function program(manifest: Manifest): readonly Finding[] {
  const found = manifest.get("libos.entrypoint");
  const name = baseName(found);
  const findings: Finding[] = [];
  if (typeof found !== "string") {
    return [error("program-unmeasured", "libos.entrypoint", found, "name the program, and trust it by its hash")];
  }
  const check = (key: string, path: string): void => {
    if (isTrusted(manifest, path)) return;
    findings.push(error("program-unmeasured", key, path, "add it, or the folder it is in, to sgx.trusted_files"));
  };
  check("libos.entrypoint", found);
  if (!shells.has(name) && !interpreters.test(name)) return findings;
  const words = argumentsOf(manifest);
  const at = programIndex(words);
  const script = words[at];
  if (script !== undefined) check(`loader.argv[${at}]`, script);
  else
    findings.push(
      error(
        "program-unmeasured",
        "loader.argv",
        manifest.get("loader.argv"),
        "name what the interpreter runs in loader.argv, and trust it by its hash",
      ),
    );
  return findings;
}

function argumentsOf(manifest: Manifest): readonly string[] {
  const words = manifest.get("loader.argv");
  return Array.isArray(words) ? words.map(String) : [];
}

/** Of the first argument that is no flag; the number of all where there is none. */
function programIndex(words: readonly string[]): number {
  const at = words.findIndex((word, i) => i > 0 && !word.startsWith("-"));
  return at < 0 ? words.length : at;
}

/** Whether the file at this path of the enclave is, by the mount it is on, one of the trusted files or below one of their folders. */
function isTrusted(manifest: Manifest, path: string): boolean {
  const mount = manifest
    .mounts()
    .findLast((one) => one.path === "/" || path === one.path || path.startsWith(`${one.path}/`));
  if (mount?.type !== "chroot") return false;
  const inner = mount.path === "/" ? path : path.slice(mount.path.length);
  // Such a path can leave the folder that is trusted.
  if (path.split("/").includes("..")) return false;
  const uri = `${(mount.uri ?? "file:").replace(/\/$/, "")}${inner}`;
  return manifest
    .files("sgx.trusted_files")
    .some((file) => file.uri === uri || (file.uri.endsWith("/") && uri.startsWith(file.uri)));
}

function baseName(path: unknown): string {
  return typeof path === "string" ? (path.split("/").at(-1) ?? "") : "";
}
