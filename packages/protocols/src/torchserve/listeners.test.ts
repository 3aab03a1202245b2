// What TorchServe's listeners answer beside predictions and changes: tokens, browsers, own descriptions, handlers' own words, workflows.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { echo, handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { type FunctionModel, ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import { InferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import {
  type ServingDescription,
  TorchserveRefusal,
  torchserveInference,
  torchserveManagement,
  torchserveMetrics,
  type WorkflowService,
} from "./index.ts";

type Management = Parameters<typeof torchserveManagement>[0];

const requestId = () => "id";
const worker = { id: "9000", startTime: "2026-01-01T00:00:00.000Z", status: "READY" } as const;
const known: ServingDescription = {
  ...{ modelUrl: "echo.mar", minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 100 },
  workers: [worker],
};

const inference = (models: readonly FunctionModel[], more: Partial<Parameters<typeof torchserveInference>[0]> = {}) =>
  torchserveInference({
    ...{ service: new ModelService(models), ready: () => true, requestId, pause: async () => {} },
    ...more,
  });
const management = (models: readonly FunctionModel[], more: Partial<Management> = {}) =>
  torchserveManagement({ service: new ModelService(models), requestId, describe: async () => known, ...more });

describe("a listener with tokens (G16)", () => {
  const authorize = (kind: string, shown: string | null) => shown === `Bearer ${kind}`;
  const refused = {
    code: 400,
    type: "InvalidKeyException",
    message: "Token Authorization failed. Token either incorrect, expired, or not provided correctly",
  };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it("asks for its own on every path, those included that it does not have", async () => {
    for (const [protocol, own, other, paths] of [
      [inference([echo], { authorize }), "inference", "management", ["/ping", "/predictions/echo", "/nowhere"]],
      [management([echo], { authorize }), "management", "inference", ["/models", "/models/echo", "/nowhere"]],
    ] as const) {
      for (const path of paths) {
        assert.deepEqual(json(await ask(protocol, "GET", path)), refused, path);
        assert.deepEqual(json(await ask(protocol, "GET", path, bearer(other))), refused, path);
        assert.notEqual((await ask(protocol, "GET", path, bearer(own))).status, 400, path);
      }
    }
  });

  it("asks for none where it describes itself, but does where it describes a model", async () => {
    for (const protocol of [inference([echo], { authorize }), management([echo], { authorize })]) {
      assert.equal((await ask(protocol, "OPTIONS", "/")).status, 200);
      assert.equal((await ask(protocol, "GET", "/api-description")).status, 200);
    }
    assert.equal((await ask(inference([echo], { authorize }), "OPTIONS", "/predictions/echo")).status, 400);
  });

  it("protects metrics where it is told to", async () => {
    const parts = { requestId, metrics: async () => "" };
    assert.equal((await ask(torchserveMetrics(parts), "GET", "/metrics")).status, 200);
    assert.equal((await ask(torchserveMetrics({ ...parts, authorize }), "GET", "/metrics")).status, 400);
    assert.equal(
      (await ask(torchserveMetrics({ ...parts, authorize }), "GET", "/metrics", bearer("management"))).status,
      200,
    );
  });

  it("gives a new token to who shows the key, by any method", async () => {
    const asked: unknown[] = [];
    const tokens = {
      async renewToken(kind: string, shown: string | null) {
        asked.push([kind, shown]);
        return shown === "Bearer key";
      },
    };
    const protocol = management([], { authorize, tokens });
    for (const method of ["GET", "POST"]) {
      const answer = await ask(protocol, method, "/token?type=inference", bearer("key"));
      assert.deepEqual([answer.status, text(answer)], [200, "\n"]);
    }
    assert.deepEqual(asked[0], ["inference", "Bearer key"]);
    for (const [query, question] of [
      ["?type=inference", {}],
      ["?type=management", bearer("management")],
      ["?type=other", bearer("key")],
      ["", bearer("key")],
    ] as const) {
      const message = "Token Authentication failed. Token either incorrect, expired, or not provided correctly";
      assert.deepEqual(json(await ask(protocol, "GET", `/token${query}`, question)), { ...refused, message });
    }
    assert.equal((await ask(management([]), "GET", "/token?type=inference")).status, 404, "there are no tokens");
  });
});

it("browsers are told what they may do, on every answer", async () => {
  const cors = { origin: "https://a.example", headers: "Authorization" };
  for (const path of ["/ping", "/nowhere"]) {
    const { headers } = await ask(inference([], { cors }), "GET", path);
    assert.equal(headers["access-control-allow-origin"], "https://a.example");
    assert.equal(headers["access-control-allow-headers"], "Authorization");
    assert.equal(headers["access-control-allow-methods"], undefined);
  }
});

describe("an own description", () => {
  const paths = (document: unknown) => Object.keys((document as { readonly paths: object }).paths);

  it("is an OpenAPI document of the listener's calls", async () => {
    const served = json(await ask(inference([echo]), "OPTIONS", "/"));
    assert.equal((served as { openapi: string }).openapi, "3.0.1");
    assert.ok(paths(served).includes("/predictions/{model_name}"));
    assert.deepEqual(json(await ask(inference([echo]), "GET", "/api-description")), served);
    assert.ok(paths(json(await ask(management([echo]), "OPTIONS", "/"))).includes("/models"));
  });

  it("of a model needs the model", async () => {
    assert.deepEqual(paths(json(await ask(inference([echo]), "OPTIONS", "/predictions/echo"))), [
      "/prediction/echo",
      "/v1/models/{model_name}:predict",
      "/v2/models/{model_name}/infer",
    ]);
    assert.ok(paths(json(await ask(management([echo]), "OPTIONS", "/models/echo"))).includes("/models/{model_name}"));
    assert.equal((await ask(inference([echo]), "OPTIONS", "/predictions/none")).status, 404);
    assert.equal((await ask(management([echo]), "OPTIONS", "/models/none")).status, 404);
  });
});

describe("customized=true", () => {
  const metadata = async (model: FunctionModel, path = "/models/m") => {
    const [first] = json(await ask(management([model]), "GET", `${path}?customized=true`)) as Record<string, unknown>[];
    return first?.["customizedMetadata"];
  };

  it("asks the handler, whose object is given", async () => {
    const model = handlerModel("m", ({ parameters, inputs }) =>
      prediction(parameters?.["http.header.describe"] === "True" && inputs.length === 0 ? '{"a": [1]}' : "no"),
    );
    assert.deepEqual(await metadata(model), { a: [1] });
    assert.deepEqual(await metadata(model, "/models/m/1.0"), { a: [1] });
    assert.equal(await metadata(model, "/models/m/all"), undefined);
  });

  it("is empty where the handler says no object, and of tensors", async () => {
    for (const said of ["[1]", "text", '"text"', ""])
      assert.deepEqual(await metadata(handlerModel("m", () => prediction(said))), {});
    assert.deepEqual(await metadata(tensorModel({ name: "m", inputs: [], outputs: [] }, () => [])), {});
  });

  it("needs a worker", async () => {
    const model = handlerModel("m", () => {
      throw new InferenceError("no-instance", { model: "m", version: "1.0" });
    });
    assert.deepEqual(json(await ask(management([model]), "GET", "/models/m?customized=true")), {
      code: 503,
      type: "ServiceUnavailableException",
      message: 'Model "m" has no worker to serve describe request. Please use scale workers API to add workers.',
    });
  });
});

it("GET /v1/models/{model} says whether there is a worker", async () => {
  assert.deepEqual(json(await ask(management([echo]), "GET", "/v1/models/echo")), { name: "echo", ready: true });
  const idle = management([echo], { describe: async () => ({ ...known, workers: [] }) });
  assert.deepEqual(json(await ask(idle, "GET", "/v1/models/echo/")), { name: "echo", ready: false });
  assert.equal((await ask(management([echo]), "GET", "/v1/models/none")).status, 404);
});

describe("workflows", () => {
  const entry = { workflowName: "pair", workflowUrl: "pair.war" };
  const description = {
    ...entry,
    ...{ minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 50, workflowDag: "{first=[second]}" },
  };
  const workflows: WorkflowService = {
    async predict(name, { fields: [first] }) {
      const loud = utf8(textOf(first?.bytes ?? utf8("")).toUpperCase());
      if (name === "both") return new Map([...Object.entries({ big: utf8("[12345678901234567890]"), loud })]);
      return name === "pair" ? new Map([["second", loud]]) : null;
    },
    list: async () => [entry],
    describe: async (name) => (name === "pair" ? description : null),
    changes: {
      async register({ url, workflowName }) {
        if (url === "pair.war") return workflowName ?? "pair";
        const message = `Workflow not found in workflow store: ${url}`;
        throw new TorchserveRefusal(404, "WorkflowNotFoundException", message);
      },
      unregister: async (name) => name === "pair",
    },
  };
  const notFound = (name: string) => ({
    ...{ code: 404, type: "WorkflowNotFoundException" },
    message: `Workflow not found: ${name}`,
  });

  it("answer, are listed, described, registered and unregistered", async () => {
    const answer = await ask(inference([], { workflows }), "POST", "/wfpredict/pair", { body: "text" });
    assert.deepEqual([text(answer), answer.headers["content-type"]], ["TEXT", "application/json"]);
    const protocol = management([], { workflows });
    const call = async (method: string, path: string) => json(await ask(protocol, method, path));
    assert.deepEqual(await call("GET", "/workflows?limit=1"), { nextPageToken: "1", workflows: [entry] });
    assert.deepEqual(await call("GET", "/workflows/pair"), [description]);
    assert.deepEqual(await call("POST", "/workflows?url=pair.war"), {
      status: "Workflow pair has been registered and scaled successfully.",
    });
    assert.deepEqual(await call("DELETE", "/workflows/pair"), { status: 'Workflow "pair" unregistered' });
  });

  it("of several leaves answer an object: JSON as it is, and anything else as a text", async () => {
    const answer = await ask(inference([], { workflows }), "POST", "/wfpredict/both", { body: 'say "x"' });
    assert.equal(text(answer), '{\n  "big": [12345678901234567890],\n  "loud": "SAY \\"X\\""\n}\n');
  });

  it("are changed by nobody while the model API is off, since they bring models", async () => {
    const protocol = management([], { workflows, modelApi: false });
    assert.equal((await ask(protocol, "POST", "/workflows?url=pair.war")).status, 405);
    assert.equal((await ask(protocol, "DELETE", "/workflows/pair")).status, 405);
    assert.equal((await ask(protocol, "GET", "/workflows/pair")).status, 200);
  });

  it("are changed by nobody where nobody may", async () => {
    const { changes: _, ...readable } = workflows;
    const protocol = management([], { workflows: readable });
    const refusals = [ask(protocol, "POST", "/workflows?url=pair.war"), ask(protocol, "DELETE", "/workflows/pair")];
    for (const answer of await Promise.all(refusals)) assert.equal(answer.status, 400);
    assert.equal((await ask(protocol, "GET", "/workflows/pair")).status, 200);
  });

  it("that are not there are refused, and so is what is none", async () => {
    for (const parts of [{ workflows }, {}]) {
      const protocol = management([], parts);
      const call = async (method: string, path: string) => json(await ask(protocol, method, path)) as object;
      assert.deepEqual(await call("GET", "/workflows/none"), notFound("none"));
      assert.deepEqual(await call("DELETE", "/workflows/none"), notFound("none"));
      assert.deepEqual(await call("POST", "/workflows"), {
        ...{ code: 400, type: "BadRequestException", message: "Parameter url is required." },
      });
      assert.equal((await ask(protocol, "POST", "/workflows?url=none.war")).status, parts.workflows ? 404 : 400);
      assert.equal((await ask(protocol, "PUT", "/workflows/pair")).status, 405);
      assert.deepEqual(json(await ask(inference([], parts), "GET", "/wfpredict/none")), notFound("none"));
    }
    assert.equal((await ask(inference([]), "POST", "/wfpredict")).status, 404);
  });
});

it("KServe's second protocol tells of the server where that is switched on", async () => {
  const protocol = inference([echo], { openInferenceProtocol: true });
  assert.deepEqual(json(await ask(protocol, "GET", "/v2")), {
    ...{ name: "Torchserve", version: "0.12.0", extenstion: ["kserve", "kubeflow"] },
  });
  assert.deepEqual(json(await ask(protocol, "POST", "/v2/health/live")), { live: true });
  assert.deepEqual(json(await ask(protocol, "GET", "/v2/health/ready")), { ready: true });
  const answer = await ask(protocol, "POST", "/v2/models/echo/versions/1.0/infer");
  assert.deepEqual([answer.status, json(answer)], [501, { error: "Model versioning is not yet supported." }]);
});

it("a version that was unloaded is not there", async () => {
  const gone = { name: "echo", version: "1.0", state: "end" } as const;
  const only = inference([{ ...echo, statuses: [gone] }]);
  assert.equal((json(await ask(only, "POST", "/predictions/echo")) as { type: string }).type, "ModelNotFoundException");
  const other = { ...gone, version: "2.0", state: "available" } as const;
  const one = inference([{ ...echo, statuses: [gone, other] }]);
  assert.equal(
    (json(await ask(one, "POST", "/predictions/echo/1.0")) as { type: string }).type,
    "ModelVersionNotFoundException",
  );
});
