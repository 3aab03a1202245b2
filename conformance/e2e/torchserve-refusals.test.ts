// Each refusal of TorchServe's HTTP APIs, provoked over real sockets: status, type and sentence are the original's, and the server keeps serving.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { RawConnection } from "../fixtures/raw-connection.ts";
import { zipBytes } from "../fixtures/zip-writer.ts";
import { archiveBytes } from "./archives.ts";
import { servedStore } from "./served-store.ts";

/** Does what the request's text says. */
const handler = `
import { PredictionError } from "@sealserve/engines/handler";
const deeds: Record<string, () => unknown> = {
  throw: () => { throw new Error("a secret"); },
  teapot: () => { throw new PredictionError("short and stout", 418); },
  large: () => { throw new PredictionError("too large", 413); },
  nothing: () => undefined,
  none: () => [],
  exit: () => process.exit(3),
  wait: () => new Promise(() => {}),
};
export function handle(rows) {
  const text = rows[0]?.body?.text() ?? "";
  return deeds[text] ? deeds[text]() : rows.map(() => "well");
}
`;
const broken = 'throw new Error("it cannot start");\n';
const manifest = (text: string) => zipBytes([{ name: "MAR-INF/MANIFEST.json", data: text }]);

const served = servedStore({
  args: [
    ...["--set", "models.tried.responseTimeout=500ms", "--set", "maxBodySize=100000"],
    ...["--set", "modelControl=explicit", "--set", "pollInterval=0"],
  ],
  async write(store) {
    await store.write("tried.mar", archiveBytes({ name: "tried", handler, config: "isolation: process\n" }));
    await store.write("two.mar", archiveBytes({ name: "two", handler }));
    await store.write("two-new.mar", archiveBytes({ name: "two", version: "2.0", handler }));
    await store.write("idle.mar", archiveBytes({ name: "idle", handler }));
    await store.write("broken.mar", archiveBytes({ name: "broken", handler: broken }));
    await store.write("no-zip.mar", "no archive at all");
    await store.write("no-manifest.mar", zipBytes([{ name: "handler.py", data: "" }]));
    await store.write("bad-manifest.mar", manifest("{"));
    await store.write("no-name.mar", manifest('{"runtime":"node","model":{"handler":"handler.ts"}}'));
  },
});

type Listener = "torchserve" | "management" | "torchserveMetrics";

async function call(listener: Listener, line: string, body?: string, headers: Readonly<Record<string, string>> = {}) {
  const [method = "GET", path = "/"] = line.split(" ");
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const answer = await fetch(served.server.url(listener, path), init);
  const text = await answer.text();
  return { status: answer.status, reason: answer.statusText, headers: answer.headers, text };
}

/** The status twice, the type and the sentence. */
async function refusalOf(...request: Parameters<typeof call>): Promise<string> {
  const { status, headers, text } = await call(...request);
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("connection"), "close");
  assert.match(headers.get("x-request-id") ?? "", /^[0-9a-f]{8}-/);
  assert.ok(text.endsWith("\n}\n"), text);
  const { code, type, message } = JSON.parse(text) as Record<string, unknown>;
  return `${status} ${code} ${type}: ${message}`;
}

const register = (query: string) => call("management", `POST /models?${query}`);

let prepared = false;
async function prepare(): Promise<void> {
  if (prepared) return;
  prepared = true;
  for (const url of ["tried.mar", "two.mar", "two-new.mar"]) {
    const answer = await register(`url=${url}&initial_workers=1`);
    assert.equal(answer.status, 200, answer.text);
  }
  assert.match(
    (await register("url=idle.mar&initial_workers=0")).text,
    /registered with 0 initial workers\. Use scale/,
  );
}

afterEach(async () => {
  assert.equal((await call("torchserve", "POST /predictions/two", "x")).text, "well");
});

const notFound = "404 404 ResourceNotFoundException: Requested resource is not found, please refer to API document.";
const notAllowed = "405 405 MethodNotAllowedException: Requested method is not allowed, please refer to API document.";
const noWorker = (model: string) =>
  `503 503 ServiceUnavailableException: Model "${model} has no worker to serve inference request. Please use scale workers API to add workers. ` +
  "If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize";
const failed = (status: number, message: string) => `${status} ${status} InternalServerException: ${message}`;
const json = { "content-type": "application/json" };

describe("TorchServe's inference API refuses", () => {
  for (const [line, body, expected] of [
    ["GET /nowhere", undefined, notFound],
    ["POST /predictions", "x", notFound],
    ["GET /models", undefined, notFound],
    ["GET /v1/models/two", undefined, notFound],
    ["POST /", "x", notAllowed],
    [
      "GET /predictions/%zz",
      undefined,
      "403 403 IllegalArgumentException: invalid hex byte 'zz' at index 14 of '/predictions/%zz'",
    ],
    ["POST /predictions/none", "x", "404 404 ModelNotFoundException: Model not found: none"],
    ["POST /explanations/none", "x", "404 404 ModelNotFoundException: Model not found: none"],
    [
      "POST /predictions/two/9",
      "x",
      "404 404 ModelVersionNotFoundException: Model version: 9 does not exist for model: two",
    ],
    ["POST /wfpredict/none", "x", "404 404 WorkflowNotFoundException: Workflow not found: none"],
    ["POST /invocations", "x", "400 400 BadRequestException: Parameter model_name is required."],
    ["POST /predictions/idle", "x", noWorker('idle"')],
    ["POST /predictions/idle/1.0", "x", noWorker('idle" Version 1.0"')],
    ["POST /predictions/tried", "throw", failed(503, "Prediction failed")],
    ["POST /predictions/tried", "teapot", failed(418, "short and stout")],
    ["POST /predictions/tried", "large", failed(507, "too large")],
    ["POST /predictions/tried", "nothing", failed(503, "Invalid model predict output")],
    ["POST /predictions/tried", "none", failed(503, "number of batch response mismatched")],
    ["POST /predictions/tried", "wait", failed(500, "Worker died.")],
  ] as const) {
    test(`${line} ${body ?? ""}`, async () => {
      await prepare();
      assert.equal(await refusalOf("torchserve", line, body), expected);
    });
  }

  test("a worker that ends", async () => {
    await prepare();
    assert.equal(await refusalOf("torchserve", "POST /predictions/tried", "exit"), failed(500, "Worker died."));
  });

  test("a form that breaks off", async () => {
    await prepare();
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    const body = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nhalf';
    const expected = "400 400 BadRequestException: Invalid HTTP message.";
    assert.equal(await refusalOf("torchserve", "POST /predictions/two", body, headers), expected);
  });

  test("a body that is too long", async () => {
    await prepare();
    const answer = await call("torchserve", "POST /predictions/two", "x".repeat(200_000));
    assert.deepEqual([answer.status, answer.reason], [413, "Request Entity Too Large"]);
  });

  for (const text of ["no HTTP at all\n\n", "POST /predictions/two HTTP/1.1\nHost: a\nContent-Length: many\n\nbody"]) {
    test(`what is no HTTP: ${JSON.stringify(text.slice(0, 20))}`, async () => {
      await prepare();
      using client = await RawConnection.open(served.server.url("torchserve", "/"));
      client.writeLines(text);
      const answer = await client.untilClosed();
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(answer, /\r\nconnection: close\r\n/);
      const [, body = ""] = answer.split("\r\n\r\n");
      const expected = { code: 400, type: "BadRequestException", message: "Invalid HTTP message." };
      assert.deepEqual(JSON.parse(body), expected);
    });
  }
});

describe("TorchServe's management API refuses", () => {
  for (const [line, expected] of [
    ["GET /nowhere", notFound],
    ["GET /models/two/1.0/more", notFound],
    ["GET /token?type=inference", notFound],
    ["GET /", notAllowed],
    ["PATCH /models", notAllowed],
    ["POST /models/two", notAllowed],
    ["POST /models/two/1.0/set-default", notAllowed],
    ["PUT /workflows/none", notAllowed],
    ["GET /models/none", "404 404 ModelNotFoundException: Model not found: none"],
    ["GET /models/none/all", "404 404 ModelNotFoundException: Model not found: none"],
    ["GET /v1/models/none", "404 404 ModelNotFoundException: Model not found: none"],
    ["GET /models/two/9", "404 404 ModelVersionNotFoundException: Model version: 9 does not exist for model: two"],
    [
      "GET /models/idle?customized=true",
      '503 503 ServiceUnavailableException: Model "idle" has no worker to serve describe request. Please use scale workers API to add workers.',
    ],
    ["POST /models", "400 400 BadRequestException: Parameter url is required."],
    ["POST /models?url=", "404 404 ModelNotFoundException: empty url"],
    ["POST /models?url=../two.mar", "404 404 ModelNotFoundException: Relative path is not allowed in url: ../two.mar"],
    ["POST /models?url=none.mar", "404 404 ModelNotFoundException: Model not found at: none.mar"],
    [
      "POST /models?url=http://127.0.0.1:1/m.mar",
      "404 404 ModelNotFoundException: Given URL http://127.0.0.1:1/m.mar does not match any allowed URL(s)",
    ],
    [
      "POST /models?url=two.mar&model_name=x&runtime=python4",
      "400 400 BadRequestException: Invalid RuntimeType value: python4",
    ],
    ["POST /models?url=no-zip.mar", "400 400 InvalidModelException: Model name is not defined."],
    ["POST /models?url=no-manifest.mar", "400 400 InvalidModelException: Model name is not defined."],
    ["POST /models?url=bad-manifest.mar", "400 400 InvalidModelException: Failed to parse signature.json."],
    ["POST /models?url=no-name.mar", "400 400 InvalidModelException: Model name is not defined."],
    [
      "POST /models?url=two.mar",
      "409 409 ConflictStatusException: Model version 1.0 is already registered for model two",
    ],
    ["POST /models?url=broken.mar", failed(500, "Failed to start workers for model broken version: 1.0")],
    ["GET /models/broken", "404 404 ModelNotFoundException: Model not found: broken"],
    ["PUT /models/none?min_worker=1", "404 404 ModelNotFoundException: Model not found: none"],
    [
      "PUT /models/two/9?min_worker=1",
      "404 404 ModelVersionNotFoundException: Model version: 9 does not exist for model: two",
    ],
    [
      "PUT /models/two?min_worker=3&max_worker=1",
      "400 400 BadRequestException: max_worker cannot be less than min_worker.",
    ],
    ["PUT /models/two?min_worker=-1", "500 500 IndexOutOfBoundsException: Index -1 out of bounds for length 0"],
    [
      "PUT /models/two/9/set-default",
      "404 404 ModelVersionNotFoundException: Model version 9 does not exist for model two",
    ],
    ["PUT /models/none/1.0/set-default", "404 404 ModelNotFoundException: Model not found: none"],
    ["DELETE /models/none", "404 404 ModelNotFoundException: Model not found: none"],
    ["DELETE /models/two", "403 403 InvalidModelVersionException: Cannot remove default version for model two"],
    ["DELETE /models/two/1.0", "403 403 InvalidModelVersionException: Cannot remove default version for model two"],
    ["GET /workflows/none", "404 404 WorkflowNotFoundException: Workflow not found: none"],
    ["POST /workflows", "400 400 BadRequestException: Parameter url is required."],
  ] as const) {
    test(line, async () => {
      await prepare();
      assert.equal(await refusalOf("management", line), expected);
    });
  }

  for (const [body, expected] of [
    ["{", "500 500 JsonSyntaxException: java.io.EOFException: End of input at line 1 column 2 path $."],
    [
      '{"url":"two.mar","batch_size":"many"}',
      '500 500 JsonSyntaxException: java.lang.NumberFormatException: For input string: "many"',
    ],
    ['{"model_name":"x"}', "400 400 BadRequestException: Parameter url is required."],
  ] as const) {
    test(`POST /models ${body}`, async () => {
      await prepare();
      assert.equal(await refusalOf("management", "POST /models", body, json), expected);
    });
  }
});

test("TorchServe's metrics listener refuses what it does not have", async () => {
  await prepare();
  assert.equal(await refusalOf("torchserveMetrics", "GET /nowhere"), notFound);
  assert.equal(await refusalOf("torchserveMetrics", "GET /"), notAllowed);
});

test("an entry of the store is found by its path, too", async () => {
  await prepare();
  const expected = "409 409 ConflictStatusException: Model version 1.0 is already registered for model two";
  assert.equal(await refusalOf("management", `POST /models?url=${served.store.path}/two.mar`), expected);
});

test("a server whose models failed and were given up is healthy", async () => {
  await prepare();
  const answer = await call("torchserve", "GET /ping");
  assert.deepEqual([answer.status, answer.text], [200, '{\n  "status": "Healthy"\n}\n']);
});
