// The door to attesters: these need Node and hardware, unlike the verifier.
export type { Attester } from "./attester.ts";
export { AttesterError, type AttesterErrorCode, type AttesterErrorFacts } from "./attester-error.ts";
export {
  type ConfigfsTsmOptions,
  type ConfigfsTsmParts,
  configfsTsmAttester,
  tsmBase,
} from "./configfs-tsm-attester.ts";
export { attesterIfAny, type DetectOptions, detectAttester } from "./detect-attester.ts";
export { type GramineOptions, gramineAttester, gramineBase } from "./gramine-attester.ts";
export { type HostileEnvironmentOptions, hostileEnvironment } from "./hostile-environment.ts";
export { type HostileInTeeOptions, hostileInTee, type ProcessSurroundings } from "./hostile-in-tee.ts";
export { type KernelFiles, nodeKernelFiles } from "./kernel-files.ts";
export {
  type MeasuredEnvironment,
  type ModelCode,
  measuredEnvironmentFile,
  nothingMeasured,
  parseMeasuredEnvironment,
  readMeasuredEnvironment,
} from "./measured-environment.ts";
