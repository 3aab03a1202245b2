// Both halves of TensorFlow Serving's rows agree.
import { describe } from "node:test";
import { checkRoute } from "@sealserve/conformance/suites/protocol-suite";
import { utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { tensorflowServingRoutes } from "./routes.ts";

/** A plain object, as the rows make them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

const name = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }).filter((text) => !/[\p{Cs}]/u.test(text));
const model = fc.oneof(
  record({ name }),
  record({ name, version: fc.nat().map(String) }),
  record({ name, label: name }),
);
const format = fc.constantFrom("row" as const, "column" as const);
const value = fc.json().map(utf8);

const versionStatus = record({
  version: fc.nat().map(String),
  state: fc.constantFrom("START", "LOADING", "AVAILABLE", "UNLOADING", "END"),
  status: record({ error_code: fc.constantFrom("OK", "UNKNOWN"), error_message: fc.string() }),
});

const tensorInfo = {
  dtype: "DT_FLOAT",
  tensor_shape: { dim: [{ size: "-1", name: "" }], unknown_rank: false },
  name: "x:0",
};

const { predict, status, metadata, metrics } = tensorflowServingRoutes({ pause: async () => {} });

describe("TensorFlow Serving's rows", () => {
  checkRoute({
    route: predict,
    args: record({ model, signatureName: fc.string(), format, value }),
    result: ({ format: asked }) => value.map((json) => ({ format: asked, value: json })),
  });
  checkRoute({ route: status, args: model, result: () => fc.array(versionStatus, { maxLength: 3 }) });
  checkRoute({
    route: metadata,
    args: model,
    result: () =>
      record({ name, version: fc.nat().map(String) }).map(({ name: asked, version }) => ({
        model_spec: { name: asked, signature_name: "", version },
        metadata: {
          signature_def: {
            signature_def: {
              serving_default: {
                inputs: { x: tensorInfo },
                outputs: {},
                method_name: "tensorflow/serving/predict",
                defaults: {},
              },
            },
          },
        },
      })),
  });
  checkRoute({ route: metrics, args: fc.constant({}), result: () => fc.string({ unit: "grapheme" }) });
});
