// Runs every test of the repository with Node's own runner; `--only GLOB` narrows it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const only = process.argv.indexOf("--only");
const patterns =
  only > 0
    ? process.argv.slice(only + 1)
    : ["packages", "services", "apps", "conformance", "examples", "bench", "tools"].map(
        (room) => `${room}/**/*.test.ts`,
      );
const { status } = spawnSync(
  process.execPath,
  ["--test", "--test-timeout=120000", "--test-reporter=spec", ...patterns],
  { cwd: root, stdio: "inherit" },
);
process.exitCode = status ?? 1;
