// Every check that needs no server: format and lint, types twice, layers, and the documents.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");
const chores: readonly (readonly [string, string, ...string[]])[] = [
  ["format and lint", join(bin, "biome"), "check", "--error-on-warnings", "."],
  ["types", join(bin, "tsc"), "-p", "tsconfig.json"],
  ["types without Node, as a browser sees them", join(bin, "tsc"), "-p", "tsconfig.browser.json"],
  ["layers", process.execPath, "--test", "tools/layers.test.ts"],
  ["documents", process.execPath, "--test", "tools/documents.test.ts"],
];

let failed = 0;
for (const [name, command, ...args] of chores) {
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  const verdict = status === 0 ? "ok" : "FAILED";
  if (status !== 0) failed += 1;
  process.stdout.write(`${verdict}: ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
