// Handlers that throw, answer wrongly or never answer: their requests fail, others are served, and the engine recovers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { archiveBytes } from "./archives.ts";
import { type Answer, json, post } from "./exchange.ts";
import { predictionUrl, protocolNames, refusalOf } from "./predictions.ts";
import { servedStore } from "./served-store.ts";
import { until } from "./until.ts";

/** Does what the request's text says. */
const handler = `
import { PredictionError } from "@sealserve/engines/handler";
const deeds: Record<string, () => unknown> = {
  throw: () => { throw new Error("the secret of the handler"); },
  refuse: () => { throw new PredictionError("too dark to see", 422); },
  reject: () => Promise.reject(new Error("the secret of the handler")),
  none: () => [],
  many: () => ["one", "two"],
  nothing: () => undefined,
  text: () => "text in place of a list",
  loop: () => { for (;;); },
  wait: () => new Promise(() => {}),
  exit: () => process.exit(3),
  circle: () => { const circle: unknown[] = []; circle.push(circle); return [circle]; },
  late: () => { setTimeout(() => { throw new Error("thrown later"); }, 1); return ["soon"]; },
};
export function handle(rows) {
  const text = (rows[0]?.body ?? rows[0]?.data)?.text() ?? "";
  return deeds[text] ? deeds[text]() : rows.map(() => "well");
}
`;

const served = servedStore({
  args: ["--set", "models.tried.responseTimeout=500ms", "--set", "models.apart.responseTimeout=500ms"],
  write: async (store) => {
    await store.write("tried.mar", archiveBytes({ name: "tried", handler }));
    await store.write("apart.mar", archiveBytes({ name: "apart", handler, config: "isolation: process\n" }));
    await store.write("other.mar", archiveBytes({ name: "other", handler }));
  },
});

const ask = (model: string, text: string): Promise<Answer> =>
  post(served.server.url("torchserve", `/predictions/${model}`), text);

async function assertServes(model: string): Promise<void> {
  const answer = await ask(model, "x");
  assert.equal(answer.text, "well");
}

/** Right after a failure the engine may be starting anew; soon it answers. */
async function assertRecovers(model: string): Promise<void> {
  await until(
    async () => (await ask(model, "x")).text === "well",
    () => `model ${model} did not recover`,
  );
}

for (const model of ["tried", "apart"]) {
  for (const [deed, status, message] of [
    ["throw", 503, /^Prediction failed$/],
    ["reject", 503, /^Prediction failed$/],
    ["refuse", 422, /^too dark to see$/],
    ["none", 503, /^number of batch response mismatched$/],
    ["many", 503, /^number of batch response mismatched$/],
    ["nothing", 503, /^Invalid model predict output$/],
    ["text", 503, /^Invalid model predict output$/],
    ["circle", 503, /^Unsupported model output data type\.$/],
    ["loop", 500, /^Worker died\.$/],
    ["wait", 500, /^Worker died\.$/],
    ["exit", 500, /^Worker died\.$/],
  ] as const) {
    test(`${model}: a handler that does '${deed}'`, async () => {
      const begun = performance.now();
      const failing = ask(model, deed);
      await assertServes("other");
      const answer = await failing;
      assert.equal(answer.status, status, answer.text);
      const document = json(answer) as { code: number; type: string; message: string };
      assert.equal(document.code, status);
      assert.equal(document.type, "InternalServerException");
      assert.match(document.message, message);
      assert.ok(performance.now() - begun < 5_000, "the deadline did not hold");
      await assertRecovers(model);
    });
  }

  test(`${model}: a handler whose answered request fails later`, async () => {
    await ask(model, "late");
    await assertServes("other");
    await assertRecovers(model);
  });
}

test("the reason stays out of the answer, and is in the log", async () => {
  assert.ok(!(await ask("tried", "throw")).text.includes("secret"));
  await until(async () => served.server.log().includes("the secret of the handler (handler.ts:"));
});

for (const protocol of protocolNames) {
  test(`${protocol}: a handler that throws is this protocol's 503`, async () => {
    const inputs = [{ name: "data", datatype: "BYTES", shape: [1], data: ["throw"] }];
    const bodies = { torchserve: "throw", openInference: { inputs }, tensorflowServing: { instances: ["throw"] } };
    const answer = await post(predictionUrl(served.server, protocol, "tried"), bodies[protocol]);
    assert.equal(answer.status, 503, answer.text);
    assert.match(refusalOf(protocol, answer), /Prediction failed/);
  });
}

test("requests of one batch fail together where the handler does, and the next batch is well", async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => ask("tried", i % 2 ? "x" : "throw")));
  assert.ok(answers.every(({ status, text }) => status === 503 || text === "well"));
  await assertServes("tried");
});
