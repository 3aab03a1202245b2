// What models of kind `fields` take and give.
import type { EngineMetadata } from "../hosting/wire.ts";

/** Of handlers of ours. */
export const handlerPlatform = "sealserve_handler";

/** `platform` names the engine, as Triton does. */
export function fieldsMetadata(platform: string, maxBatchSize: number): EngineMetadata {
  return {
    platform,
    kind: "fields",
    maxBatchSize,
    inputs: [{ name: "data", datatype: "BYTES", shape: [-1] }],
    outputs: [{ name: "prediction", datatype: "BYTES", shape: [-1] }],
  };
}
