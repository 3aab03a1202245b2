// The imports of every source file of the repository, type imports included.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export interface Import {
  readonly specifier: string;
  /** Path of the imported file in the repository; null where it comes from outside. */
  readonly file: string | null;
}

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  /** `primitives`, `cli`, `conformance`, … */
  readonly room: string;
  readonly isTest: boolean;
  readonly lines: number;
  readonly text: string;
  readonly imports: readonly Import[];
}

const rooms = ["packages", "services", "apps"];
const others = ["conformance", "bench", "examples", "tools"];
const statement =
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|new URL\(\s*["'](\.[^"']+\.ts)["']\s*,\s*import\.meta\.url/gm;

/** Reads every `.ts` file of the repository at `root`. */
export function readSources(root: string): ReadonlyMap<string, SourceFile> {
  const doors = readDoors(root);
  const files = [...rooms, ...others].flatMap((folder) => listSources(join(root, folder)));
  return new Map(
    files.map((file) => {
      const path = relative(root, file);
      const text = readFileSync(file, "utf8");
      const segments = path.split("/");
      const [first = "", second = ""] = segments;
      return [
        path,
        {
          path,
          room: rooms.includes(first) ? second : first,
          isTest: /\.test\.ts$|\/testing\//.test(path),
          lines: text.split("\n").length - 1,
          text,
          imports: [...text.matchAll(statement)].map((found) => {
            const specifier = found[1] ?? found[2] ?? found[3] ?? found[4] ?? "";
            return { specifier, file: resolveImport(root, file, specifier, doors) };
          }),
        },
      ];
    }),
  );
}

/** All files that `start` reaches, itself included, in the order they are met. */
export function closureOf(start: string, sources: ReadonlyMap<string, SourceFile>): readonly SourceFile[] {
  const seen = new Set<string>();
  const found: SourceFile[] = [];
  const visit = (path: string): void => {
    const source = sources.get(path);
    if (seen.has(path) || !source) return;
    seen.add(path);
    found.push(source);
    for (const { file } of source.imports) if (file) visit(file);
  };
  visit(start);
  return found;
}

/** The first circle among the files, as the paths along it, or null. */
export function findCircle(sources: ReadonlyMap<string, SourceFile>): readonly string[] | null {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): readonly string[] | null => {
    if (done.has(path)) return null;
    const at = trail.indexOf(path);
    if (at >= 0) return [...trail.slice(at), path];
    trail.push(path);
    for (const { file } of sources.get(path)?.imports ?? []) {
      const circle = file ? visit(file) : null;
      if (circle) return circle;
    }
    trail.pop();
    done.add(path);
    return null;
  };
  for (const path of sources.keys()) {
    const circle = visit(path);
    if (circle) return circle;
  }
  return null;
}

function listSources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/node_modules/") && !path.includes("/dist/"));
}

/** Where the doors of the workspace's packages lead: `@sealserve/engines/handler` to a file. */
function readDoors(root: string): ReadonlyMap<string, string> {
  const doors = new Map<string, string>();
  for (const folder of rooms) {
    for (const name of readdirSync(join(root, folder))) {
      const manifest = join(root, folder, name, "package.json");
      if (!existsSync(manifest)) continue;
      const { name: packageName, exports = {}, imports = {} } = JSON.parse(readFileSync(manifest, "utf8"));
      for (const [door, target] of Object.entries(exports)) {
        const path = typeof target === "string" ? target : Object(target)["default"];
        doors.set(join(packageName, door), relative(root, join(root, folder, name, path)));
      }
      // A private name stands for one file in Node and another elsewhere; the process holds Node's.
      for (const [inner, target] of Object.entries(imports)) {
        doors.set(`${folder}/${name} ${inner}`, join(folder, name, Object(target)["node"]));
      }
    }
  }
  return doors;
}

function resolveImport(
  root: string,
  from: string,
  specifier: string,
  doors: ReadonlyMap<string, string>,
): string | null {
  if (specifier.endsWith(".json")) return null;
  if (specifier.startsWith(".")) return relative(root, resolve(dirname(from), specifier));
  if (specifier.startsWith("#")) {
    const home = relative(root, from).split("/").slice(0, 2).join("/");
    return doors.get(`${home} ${specifier}`) ?? null;
  }
  return doors.get(specifier) ?? null;
}
