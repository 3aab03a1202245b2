// Builds what is published: packages with types in dist/packages, and one bundled file per service in dist/services.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

/** Packages that carry native code or data of their own: a bundle leaves them outside, beside it. */
const outside = ["onnxruntime-node", "sharp", "@huggingface/tokenizers"];

/** What a process with engines needs beside its own file: what their threads start with, and what handlers import. */
const besideEngines = [
  ["worker-main.js", "packages/engines/src/hosting/worker-main.ts"],
  ["handler.js", "packages/engines/src/handlers/handler.ts"],
  ["payload-main.node.js", "packages/sealing/src/threads/payload-main.node.ts"],
] as const;

rmSync(dist, { recursive: true, force: true });
buildPackages();
for (const entry of entries()) await bundle(entry);

/** Compiles the whole tree once, then gives each package its own folder and manifest. */
function buildPackages(): void {
  const tree = join(dist, "tree");
  const compiled = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json", "--outDir", tree], {
    cwd: root,
    stdio: "inherit",
  });
  if (compiled.status !== 0) process.exit(1);
  for (const name of readdirSync(join(root, "packages"))) {
    const target = join(dist, "packages", name);
    cpSync(join(tree, "packages", name, "src"), target, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    const doors = Object.entries<string>(manifest.exports).map(([door, path]) => {
      return [door, { types: `${builtPath(path)}.d.ts`, default: `${builtPath(path)}.js` }];
    });
    // Names that stand for one file in Node and another in browsers.
    const inner = Object.entries<Record<string, string>>(manifest.imports ?? {}).map(([inside, twins]) => {
      return [
        inside,
        Object.fromEntries(Object.entries(twins).map(([where, path]) => [where, `${builtPath(path)}.js`])),
      ];
    });
    const published = {
      ...manifest,
      exports: Object.fromEntries(doors),
      ...(inner.length > 0 && { imports: Object.fromEntries(inner) }),
      engines: { node: ">=24" },
    };
    writeFileSync(join(target, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
    cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  }
  rmSync(tree, { recursive: true });
}

function builtPath(source: string): string {
  return source.replace("./src/", "./").replace(/\.ts$/, "");
}

function entries(): readonly string[] {
  return ["services", "apps"].flatMap((floor) =>
    readdirSync(join(root, floor))
      .map((name) => join(root, floor, name))
      .filter((folder) => existsSync(join(folder, "src/main.ts"))),
  );
}

/** One file for the process, and the engines' worker beside it where the process can run engines. */
async function bundle(folder: string): Promise<void> {
  const name = basename(folder) === "cli" ? "sealserve" : basename(folder);
  const target = join(dist, "services", name);
  mkdirSync(target, { recursive: true });
  const options = {
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    legalComments: "linked",
    external: outside,
    logLevel: "warning",
    // Bundled CommonJS parts still call require().
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  } as const;
  const main = await build({
    ...options,
    entryPoints: [join(folder, "src/main.ts")],
    outfile: join(target, "main.js"),
    metafile: true,
  });
  const hosts = Object.keys(main.metafile.inputs).some((input) =>
    input.includes("engines/src/hosting/worker-entry.ts"),
  );
  if (hosts)
    for (const [file, source] of besideEngines)
      await build({ ...options, entryPoints: [join(root, source)], outfile: join(target, file) });
  const versions = JSON.parse(readFileSync(join(root, "packages/engines/package.json"), "utf8")).dependencies;
  const dependencies = Object.fromEntries(outside.map((dependency) => [dependency, versions[dependency]]));
  const manifest = { name: `@sealserve/${name}-bundle`, version: "0.1.0", private: true, type: "module", dependencies };
  writeFileSync(
    join(target, "package.json"),
    `${JSON.stringify(hosts ? manifest : { ...manifest, dependencies: {} }, null, 2)}\n`,
  );
  process.stdout.write(`dist/services/${name}/main.js\n`);
}
