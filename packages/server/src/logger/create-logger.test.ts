// The log's lines: JSON for machines, text for people, nothing below the level.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, type LoggerOptions } from "./create-logger.ts";

function capture(options: Partial<LoggerOptions> = {}, isTTY = false) {
  const lines: string[] = [];
  const stream = { isTTY, write: (text: string) => lines.push(text) };
  return { lines, logger: createLogger({ level: "info", format: "auto", ...options }, { stream }) };
}

test("writes one JSON object a line, with level, time, part, message and facts", () => {
  const { lines, logger } = capture();
  logger.child("batcher").warn("queue is long", { length: 7 });
  const { time, ...entry } = JSON.parse(lines.join(""));
  assert.deepEqual(entry, { level: "warn", part: "batcher", length: 7, msg: "queue is long" });
  assert.match(time, /^\d{4}-\d\d-\d\dT/);
});

test("names a part of a part by both", () => {
  const { lines, logger } = capture();
  logger.child("frontend").child("listener").info("hello");
  assert.equal(lines.join("").match(/"part":/g)?.length, 1);
  assert.equal(JSON.parse(lines.join("")).part, "frontend/listener");
});

test("writes what was thrown with its cause", () => {
  const { lines, logger } = capture();
  logger.error("failed", { error: new Error("outer", { cause: new Error("inner") }) });
  assert.match(JSON.parse(lines.join("")).error.message, /outer.*inner/);
});

test("writes nothing below its level, and says so beforehand", () => {
  const { lines, logger } = capture({ level: "warn" });
  logger.info("quiet");
  assert.deepEqual([lines.length, logger.enabled("info"), logger.enabled("error")], [0, false, true]);
});

test("writes text on a terminal, and JSON there only when told", () => {
  const terminal = capture({}, true);
  terminal.logger.child("part").info("hello", { n: 1 });
  assert.match(terminal.lines.join(""), /INFO.*part: hello/);
  const told = capture({ format: "json" }, true);
  told.logger.info("hello");
  assert.equal(JSON.parse(told.lines.join("")).msg, "hello");
});
