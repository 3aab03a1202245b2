// A native crash of an engine in a process of its own: its requests are told, the server and its other models go on, and it comes back.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { identityModel, slowModel } from "../fixtures/onnx-model.ts";
import { post } from "./exchange.ts";
import { outputsOf, predict, predictionUrl, protocolNames, refusalOf } from "./predictions.ts";
import { servedStore } from "./served-store.ts";
import { until } from "./until.ts";

const served = servedStore({
  args: ["--set", "models.apart.isolation=process"],
  write: async (store) => {
    await store.write("apart.onnx", slowModel());
    await store.write("line.onnx", identityModel());
  },
});

/** The engine's process: the server has no other children. */
async function child(): Promise<number | null> {
  const parent = served.server.process.pid;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    // pid (command) state parent: the command may hold anything, so count from its closing bracket.
    const [state, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(ppid) === parent && state !== "Z") return Number(entry);
  }
  return null;
}

const ask = (steps: number, protocol: (typeof protocolNames)[number] = "openInference") =>
  predict(served.server, protocol, "apart", { steps: { datatype: "INT64", values: [steps] } });

for (const protocol of protocolNames) {
  test(`${protocol}: the request that ran fails, others are answered, and the model comes back`, async () => {
    await until(
      async () => (await ask(1)).status === 200,
      () => "the engine did not come back",
    );
    const pid = await child();
    assert.ok(pid !== null);
    const running = ask(10_000_000, protocol);
    const usage = async (): Promise<number> => Number((await readFile(`/proc/${pid}/stat`, "utf8")).split(" ")[13]);
    const before = await usage();
    // It computes: its time on the processor grows.
    await until(async () => (await usage()) > before + 5);
    process.kill(pid, "SIGSEGV");
    const answer = await running;
    assert.equal(answer.status, protocol === "torchserve" ? 500 : 503, answer.text);
    assert.match(refusalOf(protocol, answer), /Worker died|engine of model 'apart' is not available/);
    for (const other of protocolNames) {
      const line = await predict(served.server, other, "line", { input: { values: [[1, 2, 3, 4]] } });
      assert.deepEqual(outputsOf(other, line, "output"), { output: [1, 2, 3, 4] });
    }
    await until(
      async () => (await ask(1)).status === 200,
      () => "the engine did not come back",
    );
    assert.notEqual(await child(), pid);
    assert.match(served.server.log(), /an engine reports.*|"type":"ended"/);
  });
}

test("an engine that dies while nothing runs is started again", async () => {
  const pid = await until(child);
  process.kill(pid, "SIGKILL");
  await until(async () => {
    const now = await child();
    return (
      now !== null &&
      now !== pid &&
      (await post(predictionUrl(served.server, "torchserve", "apart"), { steps: [1] })).status === 200
    );
  });
});
