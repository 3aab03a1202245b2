// The key broker as a process of its own: `node main.ts [config.yaml]`, and SEALSERVE_… variables over the file.
import { attesterIfAny, hostileInTee } from "@sealserve/attestation/attester";
import { run } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { keyBrokerStart } from "./start-process.ts";

const clock = systemClock();
const [file = null] = process.argv.slice(2);
const hostile = () => hostileInTee(process, { codeCache: null, program: import.meta.dirname });
const start = keyBrokerStart(
  { file, env: process.env, flags: {} },
  {
    ...{ clock, process, hostile },
    hardware: attesterIfAny,
  },
);
process.exitCode = await run(start, { process, clock, debug: false });
