// Workers that answer: what they get, what they choose, what they leave behind.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { encodeByteStrings, type InferenceResponse, isInferenceError } from "@sealserve/inference";
import { noPython } from "./testing/fake-python.ts";
import { answers, bodyOf, FakeWorkers, isAlive, request, told, until } from "./testing/fake-workers.ts";

const never = new AbortController().signal;

describe("a Python worker", { skip: noPython }, () => {
  let workers: FakeWorkers;
  before(async () => {
    workers = await FakeWorkers.start();
  });
  after(() => workers[Symbol.asyncDispose]());

  it("gets each row of a batch with its fields, their types, and the headers", async () => {
    await using runner = await workers.open();
    const parameters = { "http.header.explain": "False", "http.header.url_path": "a/b" };
    const [first, second] = await answers(runner, [request("one", parameters), request("two", parameters)]);
    assert.ok(first && second);
    const seen = JSON.parse(bodyOf(first));
    assert.equal(seen.size, 2);
    assert.deepEqual(seen.headers, { explain: "False", url_path: "a/b" });
    assert.deepEqual(seen.parameters, [
      ["body", "text/plain", "one"],
      ["body", "text/plain", "two"],
    ]);
    assert.equal(runner.metadata().kind, "fields");
  });

  it("gives several rows of one request as several, and their answers as one", async () => {
    await using runner = await workers.open();
    const bytes = encodeByteStrings([Buffer.from("a"), Buffer.from("b")]);
    const input = { name: "data", datatype: "BYTES", shape: [2], bytes } as const;
    const [answer] = await answers(runner, [{ model: { name: "m" }, inputs: [input] }]);
    assert.deepEqual(answer?.outputs[0]?.shape, [2]);
    assert.equal(JSON.parse(bodyOf(answer)).size, 2);
  });

  it("chooses status, reason, headers and type of an answer", async () => {
    await using runner = await workers.open();
    const [answer] = await answers(runner, [request("status")]);
    assert.deepEqual(answer?.parameters, {
      "http.status": 201,
      "http.reason": "Made Here",
      "http.header.x-seen": "yes",
    });
    assert.deepEqual(answer?.outputs[0]?.parameters, { content_type: "text/plain" });
  });

  it("streams: all answers but the last come as they are", async () => {
    await using runner = await workers.open();
    const parts: string[] = [];
    const onPartial = (_index: number, response: InferenceResponse): unknown => parts.push(bodyOf(response));
    const [last] = await runner.run([request("stream 3")], never, { onPartial });
    assert.deepEqual(parts, ["0 ", "1 ", "2 "]);
    assert.ok(last && !isInferenceError(last));
    assert.equal(bodyOf(last), "end");
    assert.deepEqual(last.parameters, { "http.header.ts_stream_next": "false" });
  });

  it("answers step by step where its batches are continuous", async () => {
    await using runner = await workers.open({ definition: { scheduling: { kind: "continuous" } } });
    const [step] = await answers(runner, [request("stream 1")]);
    assert.deepEqual(step?.parameters, { "http.header.ts_stream_next": "true" });
  });

  it("may answer out of order where it takes batches before it has answered", async () => {
    await using runner = await workers.open({ definition: { asyncCommunication: true } });
    const order: string[] = [];
    const ask = async (body: string): Promise<void> => {
      await told(runner, body);
      order.push(body);
    };
    await Promise.all([ask("later 1"), ask("later 2"), ask("now")]);
    assert.deepEqual(order, ["now", "later 2", "later 1"]);
  });

  it("gives metrics among its lines", async () => {
    await using runner = await workers.open();
    await answers(runner, [{ ...request("x"), id: "r7" }]);
    await until(() => workers.events.some(({ type }) => type === "metric"));
    const metric = workers.events.find((event) => event.type === "metric");
    assert.ok(metric);
    const { name, kind, value, requestId } = metric;
    assert.deepEqual([name, kind, value, requestId], ["Batches", "counter", 1, "r7"]);
  });

  it("sees the archive and the server's variables, but none of ours and none that is denied", async () => {
    const environment = { SEALSERVE_STATE: "secret", PGPASSWORD: "secret", AWS_KEY: "denied", WANTED: "yes" };
    await using runner = await workers.open({ environment, options: { environmentDeny: ["AWS_.*"] } });
    const seen = JSON.parse(await told(runner, "environment"));
    assert.deepEqual(seen.files, ["h.py", "sub"]);
    assert.equal(seen.environment.WANTED, "yes");
    assert.equal(seen.environment.TS_DECODE_INPUT_REQUEST, "true");
    assert.deepEqual(
      ["SEALSERVE_STATE", "PGPASSWORD", "AWS_KEY"].filter((name) => name in seen.environment),
      [],
    );
    assert.ok(seen.environment.PYTHONPATH.split(":").includes(seen.folder));
  });

  it("leaves nothing behind", async () => {
    const runner = await workers.open();
    const { folder, argv } = JSON.parse(await told(runner, "environment"));
    const child = Number(await told(runner, "fork"));
    const [instance] = runner.instances?.() ?? [];
    await runner[Symbol.asyncDispose]();
    assert.equal(existsSync(folder), false);
    assert.equal(existsSync(argv[argv.indexOf("--sock-name") + 1]), false);
    assert.equal(isAlive(instance?.pid ?? 0), false);
    await until(() => !isAlive(child));
  });
});
