// Workers that answer, and workers that misbehave in every way: who is told what, who goes on, and what is left of them.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import {
  decodeByteStrings,
  encodeByteStrings,
  type InferenceRequest,
  type InferenceResponse,
  isInferenceError,
  type Parameters,
} from "@sealserve/inference";
import { type BatchRunner, systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { createRunner } from "../engine-loader.ts";
import type { EngineEvent } from "../hosting/instance-pool.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { PythonOptions } from "./python-parts.ts";
import { FakePython, noPython } from "./testing/fake-python.ts";

const never = new AbortController().signal;

interface Opening {
  readonly handler?: string;
  readonly definition?: Partial<ModelDefinition>;
  readonly options?: Partial<PythonOptions>;
  readonly environment?: Readonly<Record<string, string>>;
}

describe("a Python worker", { skip: noPython }, () => {
  let python: FakePython;
  before(async () => {
    python = await FakePython.open();
  });
  after(() => python[Symbol.asyncDispose]());

  const events: EngineEvent[] = [];

  function open({ handler = "h.py", definition, options, environment }: Opening = {}): Promise<BatchRunner> {
    const engine = { kind: "python", handler, serializedFile: null, envelope: null, requirementsFile: null } as const;
    const files = memoryFiles({ "h.py": Buffer.from("code"), "sub/x.txt": Buffer.from("x") });
    return createRunner(
      modelDefinition({ layout: "model-archive", engine, files, maxBatchSize: 4, ...definition }),
      { clock: systemClock(), onEvent: (event) => events.push(event), python: python.parts(options, environment) },
      never,
    );
  }

  const failsWith =
    (code: string, status?: number) =>
    (error: unknown): boolean =>
      isInferenceError(error) &&
      error.code === code &&
      (status === undefined || (error.code === "handler-failed" && error.facts.status === status));

  /** A worker that died comes back. */
  async function answersAgain(runner: BatchRunner): Promise<void> {
    assert.match(await told(runner, "hello"), /hello/);
  }

  it("gets each row of a batch with its fields, their types, and the headers", async () => {
    await using runner = await open();
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
    await using runner = await open();
    const bytes = encodeByteStrings([Buffer.from("a"), Buffer.from("b")]);
    const input = { name: "data", datatype: "BYTES", shape: [2], bytes } as const;
    const [answer] = await answers(runner, [{ model: { name: "m" }, inputs: [input] }]);
    assert.deepEqual(answer?.outputs[0]?.shape, [2]);
    assert.equal(JSON.parse(bodyOf(answer)).size, 2);
  });

  it("chooses status, reason, headers and type of an answer", async () => {
    await using runner = await open();
    const [answer] = await answers(runner, [request("status")]);
    assert.deepEqual(answer?.parameters, {
      "http.status": 201,
      "http.reason": "Made Here",
      "http.header.x-seen": "yes",
    });
    assert.deepEqual(answer?.outputs[0]?.parameters, { content_type: "text/plain" });
  });

  it("streams: all answers but the last come as they are", async () => {
    await using runner = await open();
    const parts: string[] = [];
    const onPartial = (_index: number, response: InferenceResponse): unknown => parts.push(bodyOf(response));
    const [last] = await runner.run([request("stream 3")], never, { onPartial });
    assert.deepEqual(parts, ["0 ", "1 ", "2 "]);
    assert.ok(last && !isInferenceError(last));
    assert.equal(bodyOf(last), "end");
    assert.deepEqual(last.parameters, { "http.header.ts_stream_next": "false" });
  });

  it("answers step by step where its batches are continuous", async () => {
    await using runner = await open({ definition: { scheduling: { kind: "continuous" } } });
    const [step] = await answers(runner, [request("stream 1")]);
    assert.deepEqual(step?.parameters, { "http.header.ts_stream_next": "true" });
  });

  it("may answer out of order where it takes batches before it has answered", async () => {
    await using runner = await open({ definition: { asyncCommunication: true } });
    const order: string[] = [];
    const ask = async (body: string): Promise<void> => {
      await told(runner, body);
      order.push(body);
    };
    await Promise.all([ask("later 1"), ask("later 2"), ask("now")]);
    assert.deepEqual(order, ["now", "later 2", "later 1"]);
  });

  it("gives metrics among its lines", async () => {
    events.length = 0;
    await using runner = await open();
    await answers(runner, [{ ...request("x"), id: "r7" }]);
    await until(() => events.some(({ type }) => type === "metric"));
    const metric = events.find((event) => event.type === "metric");
    assert.ok(metric);
    const { name, kind, value, requestId } = metric;
    assert.deepEqual([name, kind, value, requestId], ["Batches", "counter", 1, "r7"]);
  });

  it("sees the archive and the server's variables, but none of ours and none that is denied", async () => {
    const environment = { SEALSERVE_STATE: "secret", PGPASSWORD: "secret", AWS_KEY: "denied", WANTED: "yes" };
    await using runner = await open({ environment, options: { environmentDeny: ["AWS_.*"] } });
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
    const runner = await open();
    const { folder, argv } = JSON.parse(await told(runner, "environment"));
    const child = Number(await told(runner, "fork"));
    const [instance] = runner.instances?.() ?? [];
    await runner[Symbol.asyncDispose]();
    assert.equal(existsSync(folder), false);
    assert.equal(existsSync(argv[argv.indexOf("--sock-name") + 1]), false);
    assert.equal(isAlive(instance?.pid ?? 0), false);
    await until(() => !isAlive(child));
  });

  it("has the limits that it was given", async () => {
    const limits = { memory: 2 ** 30, processes: null, files: 100, cpuSeconds: 50 };
    await using runner = await open({ options: { limits } });
    const seen = JSON.parse(await told(runner, "limits"));
    assert.deepEqual([seen.RLIMIT_AS, seen.RLIMIT_CORE, seen.RLIMIT_CPU, seen.RLIMIT_NOFILE], [2 ** 30, 0, 50, 100]);
    await assert.rejects(told(runner, `hoard ${2 ** 31}`), failsWith("handler-failed", 507));
    await answersAgain(runner);
  });

  it("fails a batch with the code and the message that it gives, 413 as 507", async () => {
    await using runner = await open();
    await assert.rejects(told(runner, "code 404"), (error) => {
      return (
        failsWith("handler-failed", 404)(error) &&
        (error as { facts: { reason: string } }).facts.reason === "of its own"
      );
    });
    await assert.rejects(told(runner, "code 413"), failsWith("handler-failed", 507));
    await assert.rejects(told(runner, "code 99999"), failsWith("handler-failed", 500));
    await answersAgain(runner);
  });

  it("fails a batch of which it leaves requests unanswered", async () => {
    await using runner = await open();
    await assert.rejects(runner.run([request("fewer"), request("x")], never), failsWith("engine-failed"));
    await answersAgain(runner);
  });

  it("cannot set a header that would begin another", async () => {
    await using runner = await open();
    const [result] = await runner.run([request("header")], never);
    assert.ok(failsWith("handler-failed", 503)(result));
  });

  const losses: readonly (readonly [string, string])[] = [
    ["answers what it was not asked", "stranger"],
    ["sends a length without end", "garbage 000000c87fffffff"],
    ["sends a negative length", "garbage 000000c8fffffff0"],
    ["sends more than an answer may have", `garbage 000000c8${"000f4241"}`],
    ["ends within an answer", "truncated"],
    ["exits", "exit 3"],
    ["closes its connection", "closed"],
  ];
  for (const [what, body] of losses) {
    it(`that ${what} fails what it was running, and is started again`, async () => {
      await using runner = await open();
      await assert.rejects(told(runner, body), failsWith("engine-unavailable"));
      await answersAgain(runner);
    });
  }

  it("that answers twice gives nobody else's answer to the next", async () => {
    events.length = 0;
    await using runner = await open();
    assert.equal(await told(runner, "twice"), "a");
    await until(() => events.some(({ type }) => type === "ended"));
    await answersAgain(runner);
  });

  it("that the kernel ends is taken to have been without memory", async () => {
    await using runner = await open();
    await assert.rejects(told(runner, "kill"), failsWith("handler-failed", 507));
    await answersAgain(runner);
  });

  it("that does not answer in time is ended with all that it forked", async () => {
    await using runner = await open({ definition: { responseTimeout: 500 } });
    const child = Number(await told(runner, "fork"));
    assert.equal(isAlive(child), true);
    await assert.rejects(told(runner, "hang"), failsWith("deadline-exceeded"));
    await until(() => !isAlive(child));
    await answersAgain(runner);
  });

  it("that prints without end is read as far as anybody could", async () => {
    events.length = 0;
    await using runner = await open();
    assert.equal(await told(runner, "flood 20000"), "done");
    await answersAgain(runner);
    const printed = events.filter(({ type }) => type === "output").length;
    assert.ok(printed < 2000, `${printed} lines of 20,000 were passed on`);
  });

  const failures: readonly (readonly [string, string, RegExp])[] = [
    ["raises", "load-failed", /ValueError: this model is broken/],
    ["refuses", "load-failed", /RuntimeError: no such weights/],
    ["garbage", "load-crashed", /2139062143 bytes/],
  ];
  for (const [handler, code, sentence] of failures) {
    it(`that ${handler} when it loads says why`, async () => {
      await assert.rejects(open({ handler }), (error: unknown) => {
        assert.ok(error instanceof Error && "code" in error);
        assert.match(error.message, sentence);
        return error.code === code;
      });
    });
  }

  it("that does not load in time is ended", async () => {
    await assert.rejects(open({ handler: "hangs", definition: { loadTimeout: 300 } }), { code: "load-timeout" });
  });

  it("that does not load again is given up after the time that its model allows", async () => {
    events.length = 0;
    await using runner = await open({ handler: "once", definition: { retryTimeout: 1 } });
    await assert.rejects(told(runner, "exit 1"), failsWith("engine-unavailable"));
    await until(() => events.some((event) => event.type === "ended" && event.restartIn === null));
    await assert.rejects(told(runner, "x"), failsWith("engine-unavailable"));
  });
});

function request(body: string, parameters?: Parameters): InferenceRequest {
  const bytes = encodeByteStrings([Buffer.from(body)]);
  const input = {
    name: "body",
    datatype: "BYTES",
    shape: [1],
    bytes,
    parameters: { content_type: "text/plain" },
  } as const;
  return { model: { name: "m" }, inputs: [input], ...(parameters && { parameters }) };
}

async function answers(runner: BatchRunner, batch: readonly InferenceRequest[]): Promise<InferenceResponse[]> {
  return (await runner.run(batch, never)).map((result) => {
    if (isInferenceError(result)) throw result;
    return result;
  });
}

async function told(runner: BatchRunner, body: string): Promise<string> {
  const [answer] = await answers(runner, [request(body)]);
  return bodyOf(answer);
}

function bodyOf(response: InferenceResponse | undefined): string {
  const [first] = decodeByteStrings("prediction", response?.outputs[0]?.bytes ?? new Uint8Array());
  return Buffer.from(first ?? []).toString();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
