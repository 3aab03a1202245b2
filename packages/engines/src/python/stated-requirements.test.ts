// What is installed for a model of what its requirements file says: with a real pip, and with files that lead elsewhere.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { memoryFiles } from "../../../../conformance/fixtures/model-definition.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { PythonOptions } from "./python-parts.ts";
import { FakePython, noPip } from "./testing/fake-python.ts";
import { FakeWorkers, told } from "./testing/fake-workers.ts";

describe("the requirements of a model (G20)", { skip: noPip }, () => {
  let python: FakePython;
  let workers: FakeWorkers;
  let wheels: string;
  before(async () => {
    python = await FakePython.open();
    workers = new FakeWorkers(python);
    wheels = await python.wheels("greeting", "hello");
  });
  after(() => workers[Symbol.asyncDispose]());

  const requiring = (text: string): Partial<ModelDefinition> => ({
    engine: { kind: "python", handler: "h.py", serializedFile: null, envelope: null, requirementsFile: "r.txt" },
    files: memoryFiles({
      "h.py": Buffer.from("code"),
      "r.txt": Buffer.from(text),
      "other.txt": Buffer.from("greeting"),
    }),
  });
  const refused = (text: string, options: Partial<PythonOptions>, facts: object): Promise<void> =>
    assert.rejects(
      workers.open({ definition: requiring(text), options: { installDependencies: true, ...options } }),
      (error) => {
        const { code, facts: found } = error as { code: string; facts: object };
        assert.equal(code, "requirement-refused");
        assert.partialDeepStrictEqual(found, { model: "m", file: "r.txt", ...facts });
        return true;
      },
    );

  it("are installed as they were understood, with versions, markers and comments", async () => {
    const text = "# what it says\r\ngreeting >= 1.0, <2 ; python_version > '3'\nabsent; python_version < '3'";
    await using runner = await workers.open({
      definition: requiring(text),
      options: { installDependencies: true, wheels },
    });
    assert.equal(await told(runner, "import greeting"), "hello");
  });

  for (const line of [
    "--index-url http://127.0.0.1:9/",
    "--find-links /tmp",
    "-r other.txt",
    "greeting @ http://127.0.0.1:9/x.whl",
  ]) {
    it(`are refused with '${line}', offline or not, before pip is asked`, async () => {
      await refused(`greeting\n${line}`, { wheels }, { line: 2, text: line, offline: true });
      await refused(`greeting\n${line}`, { wheels, directRequirements: true }, { line: 2, offline: true });
      await refused(`greeting\n${line}`, {}, { line: 2, offline: false });
    });
  }

  it("that no operator has allowed to be installed are not even read", async () => {
    await using runner = await workers.open({
      definition: requiring("--index-url http://127.0.0.1:9/"),
      options: { wheels },
    });
    assert.match(await told(runner, "x"), /"size": 1/);
  });

  it("lead anywhere where the operator says so", async () => {
    await using runner = await workers.open({
      definition: requiring(`--no-index\n--find-links ${wheels}\n-r other.txt`),
      options: { installDependencies: true, directRequirements: true },
    });
    assert.equal(await told(runner, "import greeting"), "hello");
  });

  it("of more than a requirements file needs are refused", async () => {
    const opened = workers.open({
      definition: requiring("#".repeat(300_000)),
      options: { installDependencies: true, wheels },
    });
    await assert.rejects(opened, { code: "load-failed", message: /262144 bytes/ });
  });
});
