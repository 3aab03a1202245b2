// Which npm packages stand beside a bundle, and which of their files a process on Linux needs.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** onnxruntime-node names these for its install script alone, which never runs. */
const installOnly: ReadonlySet<string> = new Set(["adm-zip", "global-agent"]);

/** Packages with the machine code that others load by the name of the platform. */
const platformPackages: Readonly<Record<string, readonly string[]>> = {
  sharp: ["@img/sharp-linux-x64", "@img/sharp-libvips-linux-x64"],
};

/** Places of the packages that a bundle's manifest names, and of those they need, such as `node_modules/sharp`; in order. */
export function packagePlaces(manifest: string, root: string): readonly string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    const place = `node_modules/${name}`;
    if (found.has(place)) return;
    if (!existsSync(join(root, place))) throw new RangeError(`${place} is not installed: run npm ci`);
    found.add(place);
    const needed = Object.keys(dependencies(join(root, place, "package.json"))).filter((one) => !installOnly.has(one));
    for (const inner of [...needed, ...(platformPackages[name] ?? [])]) add(inner);
  };
  for (const name of Object.keys(dependencies(manifest))) add(name);
  return [...found].sort();
}

/** Of paths from the tree's root: what is for other machines, for compilers and for people. */
export function unneeded(path: string): boolean {
  if (/\.(d\.[cm]?ts|ts|map|md|cc|h|gyp|bnf)$/.test(path)) return true;
  if (/^node_modules\/onnxruntime-node\/(script|lib)$/.test(path)) return true;
  if (/^node_modules\/sharp\/src$|\/tokenizers\/types$|\.min\.[cm]js$/.test(path)) return true;
  const machine = /^node_modules\/onnxruntime-node\/bin\/napi-v\d+\/([a-z0-9]+)(?:\/([a-z0-9]+))?/.exec(path);
  return machine !== null && (machine[1] !== "linux" || (machine[2] !== undefined && machine[2] !== "x64"));
}

function dependencies(manifest: string): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(manifest, "utf8")).dependencies ?? {};
}
