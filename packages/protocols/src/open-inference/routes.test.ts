// Every route of the table survives the wire, with every datatype, as JSON and as binary data.
import { describe } from "node:test";
import { checkRoute } from "@sealserve/conformance/suites/protocol-suite";
import {
  byteStringCount,
  bytesOf,
  type Datatype,
  datatypes,
  elementSize,
  encodeByteStrings,
  type InferenceResponse,
  type ModelSpec,
  type ParameterValue,
  type Tensor,
} from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { type InferArguments, isBinaryOutput, type TensorArguments } from "./infer-arguments.ts";
import { openInferenceRoutes } from "./routes.ts";

const name = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const model: fc.Arbitrary<ModelSpec> = fc.record({ name, version: name }, { requiredKeys: ["name"] });

/** None that the protocol gives a meaning of its own. */
const parameterName = name.filter(
  (text) => !/^(sequence_|triton_|shared_memory_|binary_data|timeout|classification)/.test(text),
);
const parameterValue: fc.Arbitrary<ParameterValue> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
);
const parameters = fc
  .array(fc.tuple(parameterName, parameterValue), { minLength: 1, maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));

/** Little-endian floats without NaN, of which JSON keeps only one. */
const floats = { FP32: fc.float32Array({ noNaN: true }), FP64: fc.float64Array({ noNaN: true }) };

function elements(datatype: Datatype): fc.Arbitrary<Bytes> {
  if (datatype === "FP32" || datatype === "FP64") return floats[datatype].map(bytesOf);
  if (datatype === "BOOL") return fc.array(fc.nat({ max: 1 })).map((values) => Uint8Array.from(values));
  if (datatype === "BYTES") {
    const text = fc.oneof(fc.string({ unit: "binary" }).map(utf8), fc.uint8Array());
    return fc.array(text, { maxLength: 5 }).map(encodeByteStrings);
  }
  const size = elementSize(datatype);
  return fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.slice(0, bytes.length - (bytes.length % size)));
}

/** A tensor of each name; JSON also needs text and a datatype that it can hold. */
function tensor(tensorName: string, json: boolean): fc.Arbitrary<Tensor> {
  const fitting = datatypes.filter((datatype) => !json || !["FP16", "BF16", "BYTES"].includes(datatype));
  return fc.constantFrom(...fitting).chain((datatype) =>
    fc.tuple(elements(datatype), optional(parameters), fc.boolean()).map(([bytes, given, column]) => {
      const count = datatype === "BYTES" ? byteStringCount("", bytes) : bytes.length / elementSize(datatype);
      const shape = column ? [count, 1] : [count];
      return { name: tensorName, datatype, shape, bytes: new Uint8Array(bytes), ...(given && { parameters: given }) };
    }),
  );
}

function tensors(names: readonly string[], isJson: (name: string) => boolean): fc.Arbitrary<Tensor[]> {
  return fc.tuple(...names.map((each) => tensor(each, isJson(each)))).map((list) => [...list]);
}

const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });

const tensorArguments: fc.Arbitrary<TensorArguments> = fc
  .record({
    model,
    inputs: names.chain((list) => tensors(list, () => false)),
    listed: fc.uniqueArray(fc.record({ name, parameters: optional(parameters), binary: fc.boolean() }), {
      maxLength: 3,
      selector: (output) => output.name,
    }),
    id: optional(name),
    parameters: optional(parameters),
    timeout: optional(fc.integer({ min: 1, max: 100_000 })),
    byDefault: fc.boolean(),
  })
  .map(({ listed, byDefault, id, timeout, parameters: given, ...rest }) => ({
    kind: "tensors",
    request: {
      ...rest,
      ...(id === undefined ? undefined : { id }),
      ...(given && { parameters: given }),
      ...(timeout === undefined ? undefined : { timeout }),
      ...(listed.length > 0 && {
        outputs: listed.map((output) => ({
          name: output.name,
          ...(output.parameters && { parameters: output.parameters }),
        })),
      }),
    },
    binary: { byDefault, named: new Set(listed.filter((output) => output.binary).map((output) => output.name)) },
  }));

const rawArguments = fc.record({ kind: fc.constant("raw" as const), model, body: fc.uint8Array() });

const inferArguments: fc.Arbitrary<InferArguments> = fc.oneof({ weight: 9, arbitrary: tensorArguments }, rawArguments);

function response(args: InferArguments): fc.Arbitrary<InferenceResponse> {
  const outputs = names.chain((list) => tensors(list, (each) => !isBinaryOutput(args, each)));
  return fc.record(
    { model: fc.record({ name, version: name }), outputs, id: name, parameters },
    { requiredKeys: ["model", "outputs"] },
  );
}

const metadata = fc.record({ name, datatype: fc.constantFrom(...datatypes), shape: fc.array(fc.integer({ min: -1 })) });
const description = fc.record({
  name,
  versions: fc.array(name),
  platform: name,
  inputs: fc.array(metadata),
  outputs: fc.array(metadata),
});
const entry = fc.record(
  {
    name,
    version: name,
    state: fc.constantFrom("UNKNOWN", "READY", "UNAVAILABLE", "LOADING", "UNLOADING"),
    reason: name,
  },
  { requiredKeys: ["name"] },
);

for (const inputForm of ["binary", "json"] as const) {
  describe(`Open Inference routes, inputs as ${inputForm}`, () => {
    const routes = openInferenceRoutes({ inputForm }, { pause: () => Promise.resolve() });
    const nothing = fc.constant(undefined);
    const server = fc.record({ name, version: name, extensions: fc.array(name) });
    checkRoute({ route: routes.serverMetadata, args: nothing, result: () => server });
    checkRoute({ route: routes.live, args: nothing, result: () => fc.boolean() });
    checkRoute({ route: routes.ready, args: nothing, result: () => fc.boolean() });
    checkRoute({ route: routes.modelMetadata, args: model, result: () => description });
    checkRoute({ route: routes.modelReady, args: model, result: () => fc.boolean() });
    checkRoute({ route: routes.infer, args: inferArguments, result: response });
    checkRoute({
      route: routes.repositoryIndex,
      args: fc.record({ ready: fc.boolean() }),
      result: () => fc.array(entry),
    });
  });
}
