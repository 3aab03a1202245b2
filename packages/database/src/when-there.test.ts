// Who starts before PostgreSQL waits for it, and only for that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, type DatabaseTrouble } from "./database-error.ts";
import { whenThere } from "./when-there.ts";

const waits: number[] = [];
const clock = {
  setTimer(delay: number, callback: () => void) {
    waits.push(delay);
    setImmediate(callback);
    return { cancel: () => {} };
  },
};
const parts = { clock, logger: { warn: () => {} }, stopping: new AbortController().signal, onAway: () => {} };
const failure = (kind: "PostgreSQL" | "SQLite", trouble: DatabaseTrouble | null) =>
  new DatabaseError({ kind, trouble }, new Error("away"));

test("opens as soon as it can, after waits that grow, and tells why it has not", async () => {
  waits.length = 0;
  const told: string[] = [];
  const troubles: DatabaseTrouble[] = ["unreachable", "busy", "unreachable", "full"];
  const opened = await whenThere(
    async () => {
      const trouble = troubles.shift();
      if (trouble) throw failure("PostgreSQL", trouble);
      return "open";
    },
    { ...parts, onAway: (trouble) => told.push(trouble) },
  );
  assert.equal(opened, "open");
  assert.deepEqual(told, ["unreachable", "busy", "unreachable", "full"]);
  assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
});

test("what waiting would not mend ends the wait", async () => {
  for (const error of [failure("PostgreSQL", null), failure("SQLite", "unreachable"), new RangeError("no state")]) {
    await assert.rejects(
      whenThere(() => Promise.reject(error), { ...parts, onAway: () => assert.fail("nobody waits") }),
      (thrown) => thrown === error,
    );
  }
});

test("a process that stops waits no longer", async () => {
  const stopping = new AbortController();
  const away = () => Promise.reject(failure("PostgreSQL", "unreachable"));
  const never = { setTimer: () => ({ cancel: () => {} }) };
  const waiting = whenThere(away, {
    ...{ ...parts, clock: never, stopping: stopping.signal },
    onAway: () => setImmediate(() => stopping.abort()),
  });
  await assert.rejects(waiting, { name: "AbortError" });
});
