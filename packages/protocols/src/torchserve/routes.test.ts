// Both halves of TorchServe's rows agree.
import { describe } from "node:test";
import { checkRoute } from "@sealserve/conformance/suites/protocol-suite";
import { utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import type { PredictArguments, PredictResult, PredictStream } from "./documents.ts";
import { writeFields } from "./fields.ts";
import { torchserveChangeRoutes } from "./management-changes.ts";
import { torchserveManagementRoutes, torchserveMetricsRoutes } from "./management-routes.ts";
import { torchserveInferenceRoutes } from "./routes.ts";
import { tokenRoute } from "./token-route.ts";
import { torchserveWorkflowRoutes } from "./workflows/index.ts";

/** A plain object, as the rows make them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> =>
  fc.record(model, { noNullPrototype: true, requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,12}$/);
const headers = fc.dictionary(fc.constantFrom("accept", "x-one", "x-two"), fc.string(), {
  maxKeys: 3,
  noNullPrototype: true,
});
const bytes = fc.uint8Array({ maxLength: 64 });
const mediaType = fc.constantFrom("application/json", "image/png", "application/octet-stream", "text/plain");

const body = record({ mediaType: fc.option(mediaType), bytes }).map((field) => [{ ...field, name: "body" }]);
// A field without a media type is text; the quote and the line ends of a name must survive the form.
const fieldName = fc.constantFrom("data", "image", 'a "b"', "ümlaut", "two\r\nlines", "x y");
const part = fc.oneof(
  record({ name: fieldName, mediaType, bytes }),
  record({ name: fieldName, mediaType: fc.constant(null), bytes: fc.stringMatching(/^[a-zäß +&=%\n]*$/).map(utf8) }),
);
const form = fc.uniqueArray(part, { selector: (each) => each.name, maxLength: 4 });

/** A handler sees the content type as a header, too. */
const given = record({ headers, fields: fc.oneof(body, form) }).map((args) => {
  const type = writeFields(args.fields).mediaType;
  return type === null ? args : { ...args, headers: { ...args.headers, "content-type": type } };
});

type Explain = boolean | null;
const ofModel = (explain: Explain): fc.Arbitrary<PredictArguments> =>
  fc.tuple(record({ name }), given).map(([model, args]) => ({ model, urlPath: "", explain, ...args }));
const ofVersion = (explain: Explain): fc.Arbitrary<PredictArguments> =>
  fc.tuple(record({ name, version: name }), given).map(([model, args]) => ({ model, urlPath: "", explain, ...args }));
const withPath = (explain: Explain): fc.Arbitrary<PredictArguments> =>
  fc
    .tuple(ofVersion(explain), fc.array(name, { maxLength: 3 }))
    .map(([args, segments]) => ({ ...args, urlPath: segments.join("/") }));
const predicted = (): fc.Arbitrary<PredictResult | PredictStream> =>
  record<PredictResult>({ status: fc.integer({ min: 200, max: 599 }), headers, body: bytes });

const page = record({ limit: fc.integer({ min: 0, max: 100 }), nextPageToken: fc.nat({ max: 999_999_999 }) });
const changed = () => record({ code: fc.integer({ min: 200, max: 206 }), status: fc.string() });
const count = fc.integer({ min: -5, max: 1000 });

describe("TorchServe's rows of the inference API", () => {
  const { ping, predict, explain, predictV1, explainV1, inferV2, explainV2 } = torchserveInferenceRoutes;
  const { invoke, invokeModel, predictOld, metadataV2, liveV2, readyV2 } = torchserveInferenceRoutes;
  checkRoute({ route: ping, args: fc.constant({}), result: () => record({ healthy: fc.boolean() }) });
  checkRoute({ route: predict, args: fc.oneof(ofModel(false), withPath(false)), result: predicted });
  checkRoute({ route: explain, args: fc.oneof(ofModel(true), withPath(true)), result: predicted });
  checkRoute({ route: predictV1, args: ofModel(false), result: predicted });
  checkRoute({ route: explainV1, args: ofModel(true), result: predicted });
  checkRoute({ route: inferV2, args: ofModel(false), result: predicted });
  checkRoute({ route: explainV2, args: ofModel(true), result: predicted });
  checkRoute({ route: invokeModel, args: ofModel(null), result: predicted });
  checkRoute({ route: predictOld, args: fc.oneof(ofModel(null), ofVersion(null)), result: predicted });
  checkRoute({
    route: invoke,
    args: fc.tuple(fc.option(name), given).map(([model, args]) => ({ name: model, ...args })),
    result: predicted,
  });
  const metadata = record({ name: fc.string(), version: fc.string(), extenstion: fc.array(fc.string()) });
  checkRoute({ route: metadataV2, args: fc.constant({}), result: () => metadata });
  checkRoute({ route: liveV2, args: fc.constant({}), result: () => record({ live: fc.boolean() }) });
  checkRoute({ route: readyV2, args: fc.constant({}), result: () => record({ ready: fc.boolean() }) });
});

describe("TorchServe's rows of the management API", () => {
  const { listModels, describeModel, modelReady } = torchserveManagementRoutes;
  const { registerModel, scaleModel, setDefault, unregisterModel } = torchserveChangeRoutes;
  const version = record({ name, version: name });
  const spec = fc.oneof(record({ name }), version);
  const models = fc.array(record({ modelName: name, modelUrl: fc.string() }));
  checkRoute({
    route: listModels,
    args: page,
    result: () => record({ nextPageToken: fc.nat().map(String), models }),
  });
  const described = record({
    ...{ modelName: name, modelVersion: name, modelUrl: fc.string(), status: fc.constant("Unhealthy" as const) },
    ...{ minWorkers: fc.nat(), maxWorkers: fc.nat(), batchSize: fc.nat(), workers: fc.constant([]) },
  });
  const customized = fc.boolean();
  checkRoute({
    route: describeModel,
    args: fc.oneof(record({ name, customized }), record({ name, version: name, customized })),
    result: () => fc.array(described, { maxLength: 3 }),
  });
  checkRoute({ route: modelReady, args: record({ name }), result: () => record({ name, ready: fc.boolean() }) });
  checkRoute({
    route: registerModel,
    args: fc
      .tuple(
        record({ url: fc.string(), synchronous: fc.boolean() }),
        optional({ modelName: name, handler: name, runtime: name }),
        optional({ batchSize: count, maxBatchDelay: count, initialWorkers: count }),
        optional({ responseTimeout: count, startupTimeout: count }),
      )
      .map(([one, two, three, four]) => ({ ...one, ...two, ...three, ...four })),
    result: changed,
  });
  checkRoute({
    route: scaleModel,
    args: record({ model: spec, minWorker: count, maxWorker: count, synchronous: fc.boolean() }),
    result: changed,
  });
  checkRoute({ route: setDefault, args: version, result: changed });
  checkRoute({ route: unregisterModel, args: spec, result: changed });
  const authorization = fc.option(name);
  checkRoute({ route: tokenRoute, args: record({ kind: name, authorization }), result: () => fc.constant({}) });
});

describe("TorchServe's other rows", () => {
  const { predictWorkflow, listWorkflows, describeWorkflow, registerWorkflow, unregisterWorkflow } =
    torchserveWorkflowRoutes;
  checkRoute({
    route: torchserveMetricsRoutes.metrics,
    args: record({ names: fc.array(fc.string()) }),
    result: () => fc.string({ unit: "grapheme" }),
  });
  checkRoute({
    route: predictWorkflow,
    args: fc.tuple(name, given).map(([workflow, args]) => ({ name: workflow, ...args })),
    result: () => bytes,
  });
  const entry = { workflowName: name, workflowUrl: fc.string() };
  checkRoute({
    route: listWorkflows,
    args: page,
    result: () => record({ nextPageToken: fc.nat().map(String), workflows: fc.array(record(entry)) }),
  });
  const numbers = { minWorkers: fc.nat(), maxWorkers: fc.nat(), batchSize: fc.nat(), maxBatchDelay: fc.nat() };
  checkRoute({
    route: describeWorkflow,
    args: record({ name }),
    result: () => fc.array(record({ ...entry, ...numbers, workflowDag: fc.string() })),
  });
  checkRoute({
    route: registerWorkflow,
    args: fc
      .tuple(record({ url: name }), optional({ workflowName: name, responseTimeout: count, startupTimeout: count }))
      .map(([url, others]) => ({ ...url, ...others })),
    result: changed,
  });
  checkRoute({ route: unregisterWorkflow, args: record({ name }), result: changed });
});
