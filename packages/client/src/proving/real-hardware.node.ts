// The hardware that a process proves itself with, where nobody outside can look into the process.
import { type Attester, detectAttester } from "@sealserve/attestation/attester";
import { type HostileEnvironmentOptions, hostileEnvironment } from "./hostile-environment.ts";
import { TrustStartError } from "./start-error.ts";

/** Of this process: its environment, and what Node was started with. */
export interface ProcessSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv: readonly string[];
}

/** Throws `TrustStartError` `environment-refused`, `AttesterError`. */
export async function realHardware(
  { env, execArgv }: ProcessSurroundings,
  options: HostileEnvironmentOptions,
): Promise<Attester> {
  const names = hostileEnvironment(env, execArgv, options);
  if (names.length > 0) throw new TrustStartError("environment-refused", { names });
  return detectAttester();
}
