// For processes that are judged by nobody, such as a key broker: where they run in a TEE, what the host may not set around them.
import { attesterIfAny, type DetectOptions } from "./detect-attester.ts";
import { hostileEnvironment } from "./hostile-environment.ts";
import { readMeasuredEnvironment } from "./measured-environment.ts";

/** Of a process: its environment, and what Node was started with. */
export interface ProcessSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv: readonly string[];
}

export interface HostileInTeeOptions {
  readonly codeCache: string | null;
  /** The program's folder: what was measured with it is said there. */
  readonly program: string;
  /** Where evidence is looked for. Default: where this machine has it. */
  readonly detect?: DetectOptions;
}

/** Names of what is set and was not measured; empty also outside a TEE. Throws `AttesterError` `measured-malformed`. */
export async function hostileInTee(
  { env, execArgv }: ProcessSurroundings,
  { codeCache, program, detect }: HostileInTeeOptions,
): Promise<readonly string[]> {
  if (!(await attesterIfAny(detect))) return [];
  return hostileEnvironment(env, execArgv, { codeCache, measured: await readMeasuredEnvironment(program) });
}
