// Imported before a command (`--import`), prints at its end one JSON line on stderr: its peak of resident memory in MiB.
import { readFileSync } from "node:fs";

process.once("exit", () => {
  const status = readFileSync("/proc/self/status", "utf8");
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  process.stderr.write(`${JSON.stringify({ peak })}\n`);
});
