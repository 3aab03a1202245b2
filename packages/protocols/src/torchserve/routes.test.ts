// Both halves of TorchServe's rows agree.
import { describe } from "node:test";
import { checkRoute } from "@sealserve/conformance/suites/protocol-suite";
import { utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { torchserveManagementRoutes, torchserveMetricsRoutes } from "./management-routes.ts";
import { torchserveInferenceRoutes } from "./routes.ts";

/** A plain object, as the rows make them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,12}$/);
const headers = fc.dictionary(fc.constantFrom("accept", "x-one", "x-two"), fc.string(), {
  maxKeys: 3,
  noNullPrototype: true,
});
const bytes = fc.uint8Array({ maxLength: 64 });
const mediaType = fc.constantFrom(
  "application/json",
  "image/png",
  "application/octet-stream",
  "text/plain;charset=utf-8",
);

const body = record({ mediaType: fc.option(mediaType), bytes }).map((field) => [{ ...field, name: "body" }]);
// A field without a media type is text; the quote and the line ends of a name must survive the form.
const fieldName = fc.constantFrom("data", "image", 'a "b"', "ümlaut", "two\r\nlines", "x y");
const part = fc.oneof(
  record({ name: fieldName, mediaType, bytes }),
  record({ name: fieldName, mediaType: fc.constant(null), bytes: fc.stringMatching(/^[a-zäß +&=%\n]*$/).map(utf8) }),
);
const form = fc.uniqueArray(part, { selector: (each) => each.name, maxLength: 4 });

const predictArguments = record({
  model: fc.oneof(record({ name }), record({ name, version: name })),
  urlPath: fc.array(name, { maxLength: 3 }).map((segments) => segments.join("/")),
  headers,
  fields: fc.oneof(body, form),
}).map((args) => ("version" in args.model ? args : { ...args, urlPath: "" }));

const serving = record({
  modelUrl: fc.string(),
  minWorkers: fc.nat(),
  maxWorkers: fc.nat(),
  batchSize: fc.nat(),
  workers: fc.constant([]),
});

const { ping, predict } = torchserveInferenceRoutes;
const { listModels, describeModel } = torchserveManagementRoutes;
const { metrics } = torchserveMetricsRoutes;

describe("TorchServe's rows", () => {
  checkRoute({ route: ping, args: fc.constant({}), result: () => record({ healthy: fc.boolean() }) });
  checkRoute({
    route: predict,
    args: predictArguments,
    result: () => record({ status: fc.integer({ min: 200, max: 599 }), headers, body: bytes }),
  });
  checkRoute({
    route: listModels,
    args: record({ limit: fc.integer({ min: 0, max: 100 }), nextPageToken: fc.nat({ max: 999_999_999 }) }),
    result: () =>
      record({
        nextPageToken: fc.nat().map(String),
        models: fc.array(record({ modelName: name, modelUrl: fc.string() })),
      }),
  });
  checkRoute({
    route: describeModel,
    args: fc.oneof(
      record({ name, customized: fc.boolean() }),
      record({ name, version: name, customized: fc.boolean() }),
    ),
    result: () =>
      fc.array(
        serving.map((known) => ({ modelName: "m", modelVersion: "1.0", ...known, status: "Healthy" as const })),
        { maxLength: 3 },
      ),
  });
  checkRoute({
    route: metrics,
    args: record({ names: fc.array(fc.string()) }),
    result: () => fc.string({ unit: "grapheme" }),
  });
});
