// Builds what is published: packages with types in dist/packages, and one bundled file per service in dist/services.
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleProcess, processFolders, processName } from "./bundle-process.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
buildPackages();
for (const folder of processFolders()) {
  const name = processName(folder);
  await bundleProcess(folder, join(dist, "services", name));
  process.stdout.write(`dist/services/${name}/main.js\n`);
}

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
