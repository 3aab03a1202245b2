// Many requests of one stream side by side: none waits for another, and no more are read than may be open.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerAll } from "./answer-all.ts";

test("answers come as they are made, however long another request takes", async () => {
  const gate = Promise.withResolvers<void>();
  async function* requests() {
    yield "slow";
    yield "quick";
  }
  async function* answer(request: string) {
    if (request === "slow") await gate.promise;
    yield `${request} 1`;
    yield `${request} 2`;
  }
  const answers: string[] = [];
  for await (const each of answerAll(requests(), answer, 8)) {
    answers.push(each);
    if (each === "quick 2") gate.resolve();
  }
  assert.deepEqual(answers, ["quick 1", "quick 2", "slow 1", "slow 2"]);
});

test("no more requests are read than may be open", async () => {
  let read = 0;
  let open = 0;
  let most = 0;
  async function* requests() {
    for (; read < 20; read++) yield read;
  }
  async function* answer(request: number) {
    most = Math.max(most, ++open);
    await new Promise(setImmediate);
    yield request;
    open--;
  }
  const answers: number[] = [];
  for await (const each of answerAll(requests(), answer, 3)) answers.push(each);
  assert.deepEqual(
    answers.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.equal(most, 3);
});

test("whoever stops reading ends all of them, and a broken stream of requests is told", async () => {
  const ended: string[] = [];
  async function* answer(request: string) {
    try {
      yield request;
      yield request;
    } finally {
      ended.push(request);
    }
  }
  async function* requests() {
    yield "a";
    yield "b";
  }
  for await (const _ of answerAll(requests(), answer, 8)) if (ended.length === 0) break;
  await new Promise(setImmediate);
  assert.ok(ended.includes("a"));
  async function* broken() {
    yield "c";
    throw new Error("cut");
  }
  await assert.rejects(async () => {
    for await (const _ of answerAll(broken(), answer, 8));
  }, /cut/);
});
