// Refused administrators: each is counted, and now and then told, by nothing that they sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { silentLogger } from "@sealserve/server";
import { AdminRefusals } from "./admin-refusals.ts";

test("each refusal is counted by its reason, and told in samples", () => {
  let now = 0;
  const counted: string[] = [];
  const told: unknown[] = [];
  const logger = { ...silentLogger(), warn: (_: string, facts?: object) => void told.push(facts) };
  const refusals = new AdminRefusals({ now: () => now, logger, onRefused: (reason) => counted.push(reason) });
  const refused = new KeyBrokerError("admin-refused", { reason: "key-unknown" });
  refusals.tell(refused, "list-keys");
  for (let i = 0; i < 5; i++) refusals.tell(refused, "list-keys");
  now = 10_000;
  refusals.tell(new KeyBrokerError("role-missing", { role: "auditor" }), "read-audit");
  assert.deepEqual(counted, [...Array.from({ length: 6 }, () => "key-unknown"), "role-missing"]);
  assert.deepEqual(told, [
    { refused: 1, route: "list-keys", reason: "key-unknown" },
    { refused: 6, route: "read-audit", reason: "role-missing" },
  ]);
});
