// Bundles one process into a folder: the same sources give the same bytes, wherever the tree and the folder lie.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundledPackages, softwareBill } from "./software-bill.ts";

const root = join(import.meta.dirname, "..");

/** Packages that carry native code or data of their own: a bundle leaves them outside, beside it. */
export const outside = ["onnxruntime-node", "sharp", "@huggingface/tokenizers"] as const;

/** What a process with engines needs beside its own file: what their threads start with, and what handlers import. */
const besideEngines = [
  ["worker-main.js", "packages/engines/src/hosting/worker-main.ts"],
  ["handler.js", "packages/engines/src/handlers/handler.ts"],
  ["payload-main.node.js", "packages/sealing/src/threads/payload-main.node.ts"],
] as const;

/** What outlives a sidecar that is killed is a process of its own. */
const besideSidecars = [["guard-main.js", "services/sidecar/src/guard/guard-main.ts"]] as const;

/** Names in the bundle are relative to the tree, so that its place leaves no trace. */
const options = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  legalComments: "linked",
  external: [...outside],
  logLevel: "warning",
  metafile: true,
  // Bundled CommonJS parts still call require().
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
} as const satisfies BuildOptions;

/** Folders of all that is started as a process. */
export function processFolders(): readonly string[] {
  return ["services", "apps"].flatMap((floor) =>
    readdirSync(join(root, floor))
      .sort()
      .map((name) => join(root, floor, name))
      .filter((folder) => existsSync(join(folder, "src/main.ts"))),
  );
}

/** What a process is called in `dist/services` and in the names of images. */
export function processName(folder: string): string {
  return basename(folder) === "cli" ? "sealserve" : basename(folder);
}

/** One file for the process, beside it what it starts (the engines' worker, the sidecar's guard), and the bill of what is in them. */
export async function bundleProcess(folder: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  const bundle = async (source: string, file: string): Promise<readonly string[]> => {
    const built = await build({ ...options, entryPoints: [source], outfile: join(target, file) });
    return Object.keys(built.metafile.inputs);
  };
  const inputs = new Set(await bundle(join(folder, "src/main.ts"), "main.js"));
  const hosts = [...inputs].some((input) => input.includes("engines/src/hosting/worker-entry.ts"));
  const guarded = [...inputs].some((input) => input.includes("sidecar/src/guard/guard-entry.ts"));
  for (const [file, source] of [...(hosts ? besideEngines : []), ...(guarded ? besideSidecars : [])])
    for (const input of await bundle(join(root, source), file)) inputs.add(input);
  const versions = JSON.parse(readFileSync(join(root, "packages/engines/package.json"), "utf8")).dependencies;
  const dependencies = hosts ? Object.fromEntries(outside.map((name) => [name, versions[name]])) : {};
  const name = `@sealserve/${processName(folder)}-bundle`;
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const write = (file: string, value: object): void =>
    writeFileSync(join(target, file), `${JSON.stringify(value, null, 2)}\n`);
  write("package.json", { name, version, private: true, type: "module", dependencies });
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  write("sbom.cdx.json", softwareBill({ name, version }, bundledPackages(inputs, lock)));
}
