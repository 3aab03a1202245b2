// `sealserve frontend`, `sealserve backend` and `sealserve key-broker`: each one process of several, as their own main files start them.
import { attesterIfAny, hostileInTee } from "@sealserve/attestation/attester";
import { backendProcessConfig, backendStart } from "@sealserve/backend";
import { realHardware } from "@sealserve/client/proving";
import { frontendProcessConfig, frontendStart } from "@sealserve/frontend";
import { keyBrokerProcessConfig, keyBrokerStart } from "@sealserve/key-broker";
import { printOnly } from "../print-only.ts";
import type { ProcessFlags } from "../process-flags.ts";
import { runProcess } from "../run-process.ts";
import { codeCache } from "../serving/code-cache.ts";
import { version } from "../version.ts";

const hardware = () => realHardware(globalThis.process, { codeCache, program: import.meta.dirname });

/** Each runs until it is told to stop; the result is the exit code. */
export async function frontend(flags: ProcessFlags): Promise<number> {
  if (flags.printConfig) return printOnly(frontendProcessConfig, flags);
  return runProcess(flags, (sources, parts) => frontendStart(sources, { ...parts, hardware, version }));
}

export async function backend(flags: ProcessFlags): Promise<number> {
  if (flags.printConfig) return printOnly(backendProcessConfig, flags);
  return runProcess(flags, (sources, parts) => backendStart(sources, { ...parts, hardware, version }));
}

export async function keyBroker(flags: ProcessFlags): Promise<number> {
  if (flags.printConfig) return printOnly(keyBrokerProcessConfig, flags);
  const hostile = () => hostileInTee(globalThis.process, { codeCache, program: import.meta.dirname });
  return runProcess(flags, (sources, parts) => keyBrokerStart(sources, { ...parts, hostile, hardware: attesterIfAny }));
}
