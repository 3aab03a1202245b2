// Inputs and outputs of a Triton configuration (`ModelInput`, `ModelOutput`).
import type { Datatype, TensorMetadata } from "@sealserve/inference";
import type { ConfigMessage, UnsupportedFields } from "./config-message.ts";

const datatypes: ReadonlyMap<string, Datatype> = new Map([
  ["TYPE_BOOL", "BOOL"],
  ["TYPE_UINT8", "UINT8"],
  ["TYPE_UINT16", "UINT16"],
  ["TYPE_UINT32", "UINT32"],
  ["TYPE_UINT64", "UINT64"],
  ["TYPE_INT8", "INT8"],
  ["TYPE_INT16", "INT16"],
  ["TYPE_INT32", "INT32"],
  ["TYPE_INT64", "INT64"],
  ["TYPE_FP16", "FP16"],
  ["TYPE_FP32", "FP32"],
  ["TYPE_FP64", "FP64"],
  ["TYPE_STRING", "BYTES"],
  ["TYPE_BF16", "BF16"],
]);

const unsupported: UnsupportedFields = {
  reshape: "give the model the shape that clients send",
};

/** Features that are off unless their flag is true. */
const flags = ["is_shape_tensor", "allow_ragged_batch", "optional", "is_non_linear_format_io"];

/** Shapes are as configured: without the batch dimension where the model has one. */
export function readTensors(config: ConfigMessage, field: "input" | "output"): TensorMetadata[] {
  const tensors = config.messages(field).map(readTensor);
  const twice = tensors.find(({ name }, i) => tensors.findIndex((other) => other.name === name) !== i);
  if (twice) throw config.refused(field, "tensors of different names", `two named '${twice.name}'`);
  return tensors;
}

function readTensor(config: ConfigMessage): TensorMetadata {
  const name = config.string("name");
  if (!name) throw config.refused("name", "the name of a tensor", "not given");
  const format = config.word("format") ?? "FORMAT_NONE";
  if (format !== "FORMAT_NONE") throw config.unsupported("format", "leave it out and send the layout the model takes");
  for (const flag of flags) if (config.boolean(flag)) throw config.unsupported(flag, "leave it out");
  // Labels serve the classification of outputs, which no client has asked this server for yet; they change no tensor.
  config.string("label_filename");
  const tensor = { name, datatype: readDatatype(config), shape: readShape(config) };
  config.finish(unsupported);
  return tensor;
}

export function readDatatype(config: ConfigMessage): Datatype {
  const found = config.word("data_type");
  const datatype = datatypes.get(found ?? "");
  if (!datatype) throw config.refused("data_type", `one of ${[...datatypes.keys()].join(", ")}`, found ?? "not given");
  return datatype;
}

export function readShape(config: ConfigMessage): number[] {
  const shape = config.integers("dims");
  const wrong = shape.find((size) => size < -1 || size === 0);
  if (wrong !== undefined) throw config.refused("dims", "sizes from 1, or -1 for any", String(wrong));
  return shape;
}
