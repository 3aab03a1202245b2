// The backend as a process of its own: `node main.ts [config.yaml]`, and SEALSERVE_… variables over the file.
import { realHardware } from "@sealserve/client/proving";
import { run } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import manifest from "../package.json" with { type: "json" };
import { backendStart } from "./start-process.ts";

const clock = systemClock();
const [file = null] = process.argv.slice(2);
const hardware = () => realHardware(process, { codeCache: null, program: import.meta.dirname });
const parts = { clock, process, hardware, version: manifest.version };
process.exitCode = await run(backendStart({ file, env: process.env, flags: {} }, parts), {
  ...{ process, clock },
  debug: false,
});
