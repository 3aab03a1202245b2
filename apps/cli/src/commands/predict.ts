// `sealserve predict`: one request to a running server, its inputs from the command line and from files.
import { writeFile } from "node:fs/promises";
import { decodeByteStrings, type InferenceResponse, type Tensor } from "@sealserve/inference";
import { tensorsToJson } from "@sealserve/protocols/json-tensors";
import { Command } from "commander";
import { connectGenuine } from "../connect-genuine.ts";
import { addConnectionFlags, addTrustFlags, type ConnectionFlags, connectTrusted, tellFailure } from "../connection.ts";
import { predictAny } from "../predict-any.ts";
import { readInputs } from "../predict-inputs.ts";
import { UsageError } from "../usage-error.ts";

interface PredictFlags extends ConnectionFlags {
  readonly modelVersion?: string;
  readonly input?: readonly string[];
  readonly shape?: readonly string[];
  readonly output?: readonly string[];
  readonly out?: string;
  readonly any?: true;
  readonly genuine?: true;
}

const timeLimit = 600_000;

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function predictCommand(): Command {
  const command = new Command("predict")
    .description("ask a model of a running server")
    .argument("[model]", "name of the model")
    .argument(
      "[file]",
      "the only input: what a handler takes, or a tensor as JSON or as raw little-endian bytes (.bin)",
    )
    .option("--model-version <version>", "version of the model (default: the one that the server serves)")
    .option("--input <name=value>", "an input as JSON, or @FILE", collect)
    .option("--shape <name=sizes>", "shape of an input that comes as raw bytes, such as x=1,3,48,320", collect)
    .option("--output <name>", "an output to ask for (default: all)", collect)
    .option("--out <file>", "write the answer to a file")
    .option("--any", "instead of a model: the first one that is available and takes tensors, asked with zeros")
    .option(
      "--genuine",
      "with --any: verify first that the server is genuine and patched hardware, of whatever measurement",
    );
  return addTrustFlags(addConnectionFlags(command));
}

export function predict(model: string | undefined, file: string | undefined, flags: PredictFlags): Promise<number> {
  return tellFailure(async () => {
    if (flags.any) return predictSome(model, flags);
    if (flags.genuine)
      throw new UsageError("--genuine needs --any: before anything else is sent, name a policy with --trust");
    if (model === undefined) throw new UsageError("missing required argument 'model': name one, or let --any choose");
    const { input = [], shape = [], output = [] } = flags;
    const service = await connectTrusted(flags);
    const spec = flags.modelVersion === undefined ? { name: model } : { name: model, version: flags.modelVersion };
    const metadata = await service.metadata(spec);
    const inputs = await readInputs({ file: file ?? null, inputs: input, shapes: shape }, metadata);
    const outputs = output.map((name) => ({ name }));
    const response = await service.infer({ model: spec, inputs, outputs }, AbortSignal.timeout(timeLimit));
    const answer = metadata.kind === "fields" ? onlyElement(response) : null;
    await tell(answer ?? tensorsToJson(response.outputs), flags);
    return 0;
  });
}

async function predictSome(model: string | undefined, flags: PredictFlags): Promise<number> {
  const given = [model, flags.modelVersion, flags.input, flags.shape, flags.output];
  if (given.some((each) => each !== undefined)) {
    throw new UsageError(
      "--any chooses the model and its inputs itself: name no model, version, input, shape or output",
    );
  }
  const service = await (flags.genuine ? connectGenuine(flags) : connectTrusted(flags));
  const { model: name, version, response } = await predictAny(service, AbortSignal.timeout(timeLimit));
  process.stderr.write(`${name}, version ${version}, was asked with zeros\n`);
  await tell(tensorsToJson(response.outputs), flags);
  return 0;
}

async function tell(answer: Uint8Array, { out }: PredictFlags): Promise<void> {
  if (out !== undefined) await writeFile(out, answer);
  else process.stdout.write(Buffer.concat([answer, Buffer.from("\n")]));
}

/** What a handler answered, as it is; null where there is more than that. */
function onlyElement({ outputs }: InferenceResponse): Uint8Array | null {
  const [output, another]: readonly (Tensor | undefined)[] = outputs;
  if (!output || another || output.datatype !== "BYTES") return null;
  const [element, more] = decodeByteStrings(output.name, output.bytes);
  return element && !more ? element : null;
}
