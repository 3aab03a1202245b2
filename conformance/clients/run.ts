// Builds the server, then runs third-party clients against what was built, and what was built through faults.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const run = (...args: readonly string[]): number =>
  spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;

const built = run("tools/build.ts");
process.exitCode =
  built === 0
    ? run(
        "--test",
        "--test-timeout=600000",
        "--test-reporter=spec",
        "conformance/clients/**/*.clients.ts",
        "conformance/faults/*.faults.ts",
      )
    : built;
