// `sealserve predict`: one request to a running server, its inputs from the command line and from files.
import { writeFile } from "node:fs/promises";
import { decodeByteStrings, type InferenceResponse, type Tensor } from "@sealserve/inference";
import { tensorsToJson } from "@sealserve/protocols/json-tensors";
import { Command } from "commander";
import { addConnectionFlags, addTrustFlags, type ConnectionFlags, connectTrusted, tellFailure } from "../connection.ts";
import { readInputs } from "../predict-inputs.ts";

interface PredictFlags extends ConnectionFlags {
  readonly modelVersion?: string;
  readonly input?: readonly string[];
  readonly shape?: readonly string[];
  readonly output?: readonly string[];
  readonly out?: string;
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function predictCommand(): Command {
  const command = new Command("predict")
    .description("ask a model of a running server")
    .argument("<model>", "name of the model")
    .argument(
      "[file]",
      "the only input: what a handler takes, or a tensor as JSON or as raw little-endian bytes (.bin)",
    )
    .option("--model-version <version>", "version of the model (default: the one that the server serves)")
    .option("--input <name=value>", "an input as JSON, or @FILE", collect)
    .option("--shape <name=sizes>", "shape of an input that comes as raw bytes, such as x=1,3,48,320", collect)
    .option("--output <name>", "an output to ask for (default: all)", collect)
    .option("--out <file>", "write the answer to a file");
  return addTrustFlags(addConnectionFlags(command));
}

export function predict(model: string, file: string | undefined, flags: PredictFlags): Promise<number> {
  return tellFailure(async () => {
    const { input = [], shape = [], output = [] } = flags;
    const service = await connectTrusted(flags);
    const spec = flags.modelVersion === undefined ? { name: model } : { name: model, version: flags.modelVersion };
    const metadata = await service.metadata(spec);
    const inputs = await readInputs({ file: file ?? null, inputs: input, shapes: shape }, metadata);
    const outputs = output.map((name) => ({ name }));
    const response = await service.infer({ model: spec, inputs, outputs }, AbortSignal.timeout(600_000));
    const answer = metadata.kind === "fields" ? onlyElement(response) : null;
    const bytes = answer ?? tensorsToJson(response.outputs);
    if (flags.out !== undefined) await writeFile(flags.out, bytes);
    else process.stdout.write(Buffer.concat([bytes, Buffer.from("\n")]));
    return 0;
  });
}

/** What a handler answered, as it is; null where there is more than that. */
function onlyElement({ outputs }: InferenceResponse): Uint8Array | null {
  const [output, another]: readonly (Tensor | undefined)[] = outputs;
  if (!output || another || output.datatype !== "BYTES") return null;
  const [element, more] = decodeByteStrings(output.name, output.bytes);
  return element && !more ? element : null;
}
