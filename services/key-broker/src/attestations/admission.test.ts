// Who is let in how often: one client cannot use up what is for all, and a refusal is told to the log now and then.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "@sealserve/server";
import { Admission } from "./admission.ts";
import { AddressLimit } from "./rate-limit.ts";

const tooMany = { code: "too-many-requests" };

function setUp(maxAddresses = 100) {
  let time = 0;
  const lines: string[] = [];
  const logger = createLogger({ level: "info", format: "json" }, { stream: { write: (text) => lines.push(text) } });
  const options = { all: { rate: 4, burst: 8 }, each: { rate: 2, burst: 3 }, maxAddresses };
  const admission = new Admission(options, { now: () => time, logger });
  return { admission, lines, pass: (milliseconds: number) => (time += milliseconds) };
}

test("requests beyond the rate of an address are told when to come again", () => {
  const { admission, pass } = setUp();
  const ask = () => admission.admit("192.0.2.1");
  for (let i = 0; i < 3; i++) ask();
  assert.throws(ask, { code: "too-many-requests", facts: { retryAfter: 1 } });
  pass(500);
  ask();
  assert.throws(ask, tooMany);
  pass(3_600_000);
  for (let i = 0; i < 3; i++) ask();
  assert.throws(ask, tooMany);
});

test("one address leaves room for others, and all together have a limit", () => {
  const { admission } = setUp();
  for (let i = 0; i < 100; i++) {
    try {
      admission.admit("192.0.2.1");
    } catch (error) {
      assert.equal(Object(error).code, "too-many-requests");
    }
  }
  for (let i = 0; i < 3; i++) admission.admit("192.0.2.2");
  for (let i = 0; i < 2; i++) admission.admit("192.0.2.3");
  assert.throws(() => admission.admit("192.0.2.4"), tooMany);
});

test("addresses of one IPv6 network are one client, and so is an IPv4 address however it is written", () => {
  for (const [first, second, same] of [
    ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true],
    ["2001:db8::1", "2001:0db8:0000:0000:1::", true],
    ["2001:db8:0:1::1", "2001:db8:0:2::1", false],
    ["::ffff:192.0.2.1", "192.0.2.1", true],
    ["fe80::1%eth0", "fe80::2", true],
  ] as const) {
    const { admission } = setUp();
    for (let i = 0; i < 3; i++) admission.admit(first);
    if (same) assert.throws(() => admission.admit(second), tooMany, `${first} ${second}`);
    else admission.admit(second);
  }
});

test("a flood of addresses keeps no more of them than the limit", () => {
  const limit = new AddressLimit(
    { all: { rate: 1e6, burst: 1e6 }, each: { rate: 1e-9, burst: 1 }, maxAddresses: 2 },
    { now: () => 0 },
  );
  for (const address of ["a", "b", "c"]) assert.equal(limit.admit(address), 0);
  assert.ok(limit.admit("c") > 0);
  assert.equal(limit.admit("a"), 0, "forgotten: the one that asked longest ago");
});

test("refusals are told to the log in samples, with how many there were", () => {
  const { admission, lines, pass } = setUp();
  const flood = () => {
    for (let i = 0; i < 50; i++) {
      try {
        admission.admit("192.0.2.1");
      } catch {
        // Counted by the log.
      }
    }
  };
  flood();
  pass(10_000);
  flood();
  const told = lines.map((line) => JSON.parse(line).refused);
  assert.deepEqual(told, [1, 47]);
});
