// `sealserve pack`: makes a model archive (MAR) with the flags of torch-model-archiver, or a workflow archive (WAR).
import { isLayoutError, type PackOptions, packModel } from "@sealserve/engines";
import { Command, Option } from "commander";
import { type PackWorkflowFlags, packOneWorkflow } from "../pack-workflow.ts";
import { byteProgress } from "../progress.ts";

interface PackFlags extends PackWorkflowFlags {
  readonly modelName?: string;
  readonly workflow?: true;
  readonly version?: string;
  readonly serializedFile?: string;
  readonly configFile?: string;
  readonly modelFile?: string;
  readonly requirementsFile?: string;
  readonly runtime?: string;
  readonly archiveFormat?: NonNullable<PackOptions["archiveFormat"]>;
}

export function packCommand(): Command {
  return new Command("pack")
    .description("pack a model, its handler and its files into a model archive (MAR), or a workflow into a WAR")
    .option("--model-name <name>", "name of the model and, with .mar or .tar.gz, of the archive")
    .option("-v, --version <version>", "version of the model (default: 1.0)")
    .option("--serialized-file <file>", "the model's weights, such as model.onnx")
    .option("--model-file <file>", "the model's class in Python, where its weights alone are serialized")
    .option("--handler <handler>", "handler in TypeScript, JavaScript or Python, or the name of a built-in one")
    .option("--extra-files <list>", "files and folders to add, separated by commas")
    .option("-c, --config-file <file>", "model configuration in YAML")
    .option("-r, --requirements-file <file>", "what a handler in Python needs, as pip reads it")
    .option("--runtime <runtime>", "node, python or python3 (default: by the handler)")
    .option("--export-path <dir>", "folder to write the archive to (default: the current one)")
    .addOption(
      new Option(
        "--archive-format <format>",
        "zip-store: not compressed; tgz: a compressed tar; no-archive: a folder",
      ).choices([...["default", "zip-store", "tgz", "no-archive"]]),
    )
    .option("-f, --force", "replace an archive that is there")
    .option("--workflow", "pack a workflow; then --handler is the file with its functions")
    .option("--workflow-name <name>", "name of the workflow and, with .war, of its archive")
    .option("--spec-file <file>", "the workflow's models and graph, in YAML");
}

export async function pack(given: PackFlags): Promise<number> {
  const { workflow, workflowName, specFile, modelName, extraFiles, ...flags } = given;
  if (workflow ?? workflowName ?? specFile) return packOneWorkflow(given);
  if (modelName === undefined) {
    process.stderr.write("the model needs a name: give --model-name\n");
    return 2;
  }
  if (flags.handler === undefined && flags.serializedFile === undefined) {
    process.stderr.write("nothing would answer: give --handler, or --serialized-file with an .onnx file, or both\n");
    return 2;
  }
  using bar = byteProgress("packing", process.stderr);
  try {
    const extras = extraFiles === undefined ? {} : { extraFiles: extraFiles.split(",") };
    const options = { modelName, ...flags, ...extras };
    const packed = await packModel(options, {
      now: () => new Date(),
      progress: ({ done, total }) => bar.update(done, total),
    });
    bar.finish();
    process.stdout.write(`${packed.path} (${packed.files.length} files, ${packed.size} bytes)\n`);
    return 0;
  } catch (error) {
    if (!isLayoutError(error)) throw error;
    bar.finish();
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
