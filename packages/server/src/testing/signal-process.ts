// For tests: a process that lives as its first argument says, on the real signals.
import { systemClock } from "@sealserve/serving";
import { ConfigError } from "../config/config-error.ts";
import { run, type Start } from "../lifecycle/run.ts";
import { silentLogger } from "../logger/logger.ts";

const started = { logger: silentLogger(), stopLimit: 5_000 };

const lives: Readonly<Record<string, Start>> = {
  async serves() {
    console.log("ready");
    return started;
  },
  async hangs(stack) {
    stack.defer(() => new Promise(() => console.log("stopping")));
    console.log("ready");
    return started;
  },
  fails: () => Promise.reject(new Error("the store is missing: create it")),
  misconfigured: () => Promise.reject(new ConfigError([])),
};

const start = lives[process.argv[2] ?? ""];
if (start) {
  const idle = setInterval(() => {}, 1_000);
  const code = await run(start, { process, clock: systemClock(), debug: false });
  clearInterval(idle);
  process.exit(code);
}
