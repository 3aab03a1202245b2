// Warm-up requests of a Triton configuration (`ModelWarmup`).
import type { TensorMetadata } from "@sealserve/inference";
import type { WarmupRequest } from "../model-definition.ts";
import type { ConfigMessage } from "./config-message.ts";
import { readDatatype, readShape } from "./triton-tensors.ts";

export function readWarmup(config: ConfigMessage): WarmupRequest[] {
  return config.messages("model_warmup").map((sample) => {
    sample.string("name");
    const batchSize = sample.count("batch_size", 0) ?? 0;
    const count = sample.count("count", 0) || 1;
    const inputs: TensorMetadata[] = [];
    let random = false;
    for (const [name, input] of sample.map("inputs")) {
      const shape = readShape(input);
      if (shape.includes(-1)) throw input.refused("dims", "exact sizes", "-1");
      inputs.push({ name, datatype: readDatatype(input), shape: batchSize > 0 ? [batchSize, ...shape] : shape });
      // Triton has one choice for each input; here one random input makes the whole request random.
      random = input.boolean("random_data") || random;
      input.boolean("zero_data");
      input.finish({ input_data_file: "use zero_data or random_data" });
    }
    sample.finish();
    return { inputs, values: random ? "random" : "zero", count };
  });
}
