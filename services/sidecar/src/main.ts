// The sidecar as a process of its own: `node main.ts [config.yaml] [-- COMMAND…]`, and SEALSERVE_… variables over the file.
import { realHardware } from "@sealserve/client/proving";
import { run } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { sidecarStart } from "./start-process.ts";

const clock = systemClock();
const args = process.argv.slice(2);
const end = args.includes("--") ? args.indexOf("--") : args.length;
const [file = null] = args.slice(0, end);
const command = args.slice(end + 1);
const flags = command.length === 0 ? {} : { command };
const hardware = () => realHardware(process, { codeCache: null, program: import.meta.dirname });
process.exitCode = await run(sidecarStart({ file, env: process.env, flags }, { clock, process, hardware }), {
  ...{ process, clock },
  debug: false,
});
