// The hardware that a process proves itself with, where nobody outside can look into the process.
import {
  type Attester,
  detectAttester,
  hostileEnvironment,
  nothingMeasured,
  type ProcessSurroundings,
  readMeasuredEnvironment,
} from "@sealserve/attestation/attester";
import { TrustStartError } from "./start-error.ts";

export interface RealHardwareOptions {
  /** The folder of compiled sources beside the code itself; any other could hold another's code. Null: none. */
  readonly codeCache: string | null;
  /** The program's folder, which may say what was measured with it. Left out: nothing was. */
  readonly program?: string;
}

/** Tells what was measured with the program, too. Throws `TrustStartError` `environment-refused`, `AttesterError`. */
export async function realHardware(
  { env, execArgv }: ProcessSurroundings,
  { codeCache, program }: RealHardwareOptions,
): Promise<Attester> {
  const measured = program === undefined ? nothingMeasured : await readMeasuredEnvironment(program);
  const names = hostileEnvironment(env, execArgv, { codeCache, measured });
  if (names.length > 0) throw new TrustStartError("environment-refused", { names });
  const attester = await detectAttester();
  return { evidence: (reportData) => attester.evidence(reportData), modelCode: measured.modelCode };
}
