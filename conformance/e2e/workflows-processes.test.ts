// Workflows where frontends and backends are processes of their own: registered at one frontend, run by each, and kept.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { addModel, identityModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";
import { workflowBytes } from "./workflow-archives.ts";

const spec = "models: { upper: { url: upper.mar } }\ndag: { cut: [upper], upper: [end] }\n";
const functions = `
export const cut = (rows) => rows.map((row) => row.body.text().slice(0, 3));
export const end = (rows) => rows.map((row) => row.body.text() + ".");
`;

let folder: TemporaryFolder;
let backends: readonly RunningProcess[] = [];
let frontends: readonly RunningProcess[] = [];
let listeners: readonly Readonly<Record<string, string>>[];

before(async () => {
  folder = await temporaryFolder();
  const handler = "export const handle = (rows) => rows.map((row) => row.body.text().toUpperCase());\n";
  await folder.write("store/upper.mar", archiveBytes({ name: "upper", handler }));
  await folder.write("store/w.war", workflowBytes({ name: "w", spec, handler: "f.js", source: functions }));
  await folder.write("store/line.onnx", identityModel());
  await folder.write("store/pair.onnx", addModel());
  const tensors = "models: { a: { url: line.onnx }, b: { url: line.onnx }, sum: { url: pair.onnx } }\n";
  const edges = "dag: { first: [a, b], a: [sum], b: [sum], sum: [] }\n";
  const passing = "export const first = (rows) => rows.map((row) => row.body.text());\n";
  await folder.write(
    "store/t.war",
    workflowBytes({ name: "t", spec: tensors + edges, handler: "f.js", source: passing }),
  );
  const store = { mesh: null, modelStore: join(folder.path, "store"), modelControl: "explicit", drainDelay: 0 };
  const backendFile = await folder.write("backend.yaml", JSON.stringify(store));
  backends = [1, 2].map(() => startProcess(["backend", "--config", backendFile, ...onFreePorts.backend]));
  const addresses = await Promise.all(backends.map(async ({ ready }) => (await ready).listeners["backend"]));
  const state = join(folder.path, "state.sqlite");
  const config = { mesh: null, state, backends: { addresses }, drainDelay: 0 };
  const frontendFile = await folder.write("frontend.yaml", JSON.stringify(config));
  frontends = [1, 2].map(() => startProcess(["frontend", "--config", frontendFile, ...onFreePorts.frontend]));
  listeners = await Promise.all(frontends.map(async ({ ready }) => (await ready).listeners));
});
after(async () => {
  for (const each of [...frontends, ...backends]) await each[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function ask(frontend: number, listener: string, path: string, init: RequestInit = {}) {
  const answer = await fetch(`${listeners[frontend]?.[`torchserve.${listener}`]}${path}`, init);
  return { status: answer.status, text: await answer.text() };
}

const predict = (frontend: number) => ask(frontend, "inference", "/wfpredict/w", { method: "POST", body: "letters" });

it("a workflow is registered at one frontend, run by both, and unregistered at the other", async () => {
  const registered = await ask(0, "management", "/workflows?url=w.war", { method: "POST" });
  assert.equal(registered.status, 200, registered.text);
  assert.deepEqual(await predict(0), { status: 200, text: "LET." });
  await until(
    async () => (await predict(1)).text === "LET.",
    () => "the other frontend does not run it",
  );
  assert.match((await ask(1, "management", "/workflows/w")).text, /"workflowDag": "{cut=\[upper\], upper=\[end\]}"/);
  const far = await ask(0, "management", "/workflows?url=https://host/w.war", { method: "POST" });
  assert.equal(far.status, 404, far.text);
  assert.equal((await ask(1, "management", "/workflows/w", { method: "DELETE" })).status, 200);
  await until(
    async () => (await predict(0)).status === 404,
    () => "the first frontend still runs it",
  );
});

it("models that take tensors are nodes as they are models at /predictions", async () => {
  const registered = await ask(0, "management", "/workflows?url=t.war", { method: "POST" });
  assert.equal(registered.status, 200, registered.text);
  const headers = { "content-type": "application/json" };
  const send = (body: string) => ask(0, "inference", "/wfpredict/t", { method: "POST", body, headers });
  const answer = await send("[[1, 2, 3, 4]]");
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(JSON.parse(answer.text).sum, [[2, 4, 6, 8]]);
  const refused = await send("[[1, 2]]");
  assert.equal(refused.status, 500);
  assert.match(JSON.parse(refused.text).message, /^Error executing [ab]$/);
});
