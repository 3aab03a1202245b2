// Bad requests as a table: each is refused with a 400 whose sentence says what is wrong, and the server keeps serving.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { addModel, identityModel } from "../fixtures/onnx-model.ts";
import { post } from "./exchange.ts";
import { outputsOf, type ProtocolName, predict, predictionUrl, protocolNames, refusalOf } from "./predictions.ts";
import { type ServedStore, servedStore } from "./served-store.ts";
import type { TemporaryFolder } from "./temporary-folder.ts";

export interface Refusal {
  readonly what: string;
  /** `line` if left out. */
  readonly model?: string;
  /** Text or bytes as they are, an object as JSON. */
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>>;
  /** 400 if left out. */
  readonly status?: number;
  /** Each of these is in the sentence: the input, what was expected, what was found. */
  readonly says: readonly string[];
}

/** `line` takes `input` FP32[-1, 4]; `pair` takes `a` and `b` of that shape; `wide` takes `input` FP32[-1, -1]. */
async function writeModels(store: TemporaryFolder): Promise<void> {
  await store.write("line.onnx", identityModel());
  await store.write("pair.onnx", addModel());
  await store.write("wide.onnx", identityModel("FP32", ["rows", "columns"]));
}

/** A server for the tests of a file; after each of them it must still answer over every protocol. */
export function lastingServer(args: readonly string[] = []): ServedStore {
  const served = servedStore({ write: writeModels, args });
  afterEach(() => stillServes(served));
  return served;
}

async function stillServes({ server }: ServedStore): Promise<void> {
  for (const protocol of protocolNames) {
    const answer = await predict(server, protocol, "line", { input: { values: [[1, 2, 3, 4]] } });
    assert.deepEqual(outputsOf(protocol, answer, "output"), { output: [1, 2, 3, 4] });
  }
}

/** A test for each row of the table. */
export function refuses(served: ServedStore, protocol: ProtocolName, refusals: readonly Refusal[]): void {
  for (const { what, model = "line", body, headers = {}, status = 400, says } of refusals) {
    test(`${protocol}: ${what}`, async () => {
      const url = predictionUrl(served.server, protocol, model);
      const answer = await post(url, body, { "content-type": "application/json", ...headers });
      const sentence = refusalOf(protocol, answer);
      assert.equal(answer.status, status, sentence);
      for (const word of says) assert.ok(sentence.includes(word), `${word} is not in: ${sentence}`);
    });
  }
}
