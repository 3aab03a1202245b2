// The desired state over both databases: racing changes, restarts, outages, and databases that go back.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  type PostgresCluster,
  postgresPrograms,
  startPostgres,
} from "@sealserve/conformance/fixtures/postgres-cluster";
import { Database } from "@sealserve/database";
import { type DesiredState, InferenceError } from "@sealserve/inference";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type DesiredStateStore, memoryStateStore, openStateStore } from "./index.ts";
import { type StateTables, stateLock, stateMigrations } from "./state-tables.ts";

const programs = postgresPrograms();
const withoutPostgres = programs === null && "PostgreSQL is not installed under /usr/lib/postgresql";
let cluster: PostgresCluster | null = null;
let folder: string;
let count = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-state-"));
  if (programs) cluster = startPostgres(programs);
});
after(async () => {
  cluster?.[Symbol.dispose]();
  await rm(folder, { recursive: true, force: true });
});

const newEpoch = (): string => crypto.randomUUID();
const open = (location: string): Promise<DesiredStateStore> =>
  openStateStore({ location, pollInterval: 20 }, { clock: systemClock(), logger: silentLogger(), newEpoch });

const load =
  (name: string, instances = 1) =>
  (models: DesiredState["models"]) => ({ ...models, [name]: { loaded: true, instances } });

/** The first state of which it holds; the test runner's time-out ends a wait in vain. */
function until(store: DesiredStateStore, holds: (state: DesiredState) => boolean): Promise<DesiredState> {
  return new Promise((resolve) => {
    const look = (state: DesiredState): void => {
      if (!holds(state)) return;
      watching[Symbol.dispose]();
      resolve(state);
    };
    const watching = store.onChange(look);
    look(store.current);
  });
}

const places = [
  ["SQLite", () => join(folder, `${count++}.db`), false],
  ["PostgreSQL", () => cluster?.newDatabase(`s${count++}`) ?? "", withoutPostgres],
] as const;

for (const [kind, place, skip] of places) {
  describe(`the state in ${kind}`, { skip }, () => {
    it("takes every one of many racing changes, in one order, and both stores come to the same", async () => {
      const location = place();
      const [first, second] = await Promise.all([open(location), open(location)]);
      await using _first = first;
      await using _second = second;
      assert.equal(first.current.epoch, second.current.epoch);
      const changes = Array.from({ length: 40 }, (_, i) => (i % 2 ? first : second).change(load(`m${i}`)));
      const states = await Promise.all(changes);
      const revisions = states.map(({ revision }) => revision).sort((a, b) => a - b);
      assert.deepEqual(
        revisions,
        Array.from({ length: 40 }, (_, i) => i + 1),
      );
      const [here, there] = await Promise.all([first, second].map((store) => until(store, (s) => s.revision === 40)));
      assert.equal(Object.keys(here?.models ?? {}).length, 40);
      assert.deepEqual(here, there);
    });

    it("ends two racing changes of one model in one of the two states", async () => {
      const location = place();
      await using first = await open(location);
      await using second = await open(location);
      await Promise.all([first.change(load("m", 2)), second.change(load("m", 3))]);
      const [here, there] = await Promise.all([first, second].map((store) => until(store, (s) => s.revision === 2)));
      assert.deepEqual(here, there);
      assert.ok([2, 3].includes(here?.models["m"]?.instances ?? 0));
    });

    it("is there again after everything was restarted, under the same epoch", async () => {
      const location = place();
      const before = await open(location);
      await before.change(load("m"));
      const kept = before.current;
      await before[Symbol.asyncDispose]();
      await using store = await open(location);
      assert.deepEqual(store.current, kept);
    });

    it("keeps workflows beside models, each as the other changes, and begins without them in a database of old", async () => {
      const location = place();
      const settings = { minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 0, retryAttempts: 0, timeout: 5 };
      const node = { name: "f", url: null, children: [], ...settings };
      const spec = { name: "w", handler: "f.py", defaults: settings, nodes: [node] };
      const workflows = { w: { spec, entry: "w.war" }, far: { spec, entry: "far.war", url: "https://host/far.war" } };
      const before = await open(location);
      assert.equal(before.current.workflows, undefined);
      await before.changeWorkflows(() => workflows);
      await before.change(load("m"));
      await assert.rejects(
        before.changeWorkflows((known) => ({
          ...known,
          bad: { spec: { ...spec, nodes: [] }, entry: "x".repeat(2000) },
        })),
        { code: "malformed" },
      );
      const kept = before.current;
      assert.deepEqual(kept.workflows, workflows);
      await before[Symbol.asyncDispose]();
      await using store = await open(location);
      assert.deepEqual(store.current, kept);
      await store.changeWorkflows(({ far: _, ...others }) => others);
      assert.deepEqual(Object.keys(store.current.workflows ?? {}), ["w"]);
      assert.equal(store.current.models["m"]?.loaded, true);
    });

    it("changes nothing where the edit throws", async () => {
      await using store = await open(place());
      const edit = (): never => {
        throw new InferenceError("model-not-found", { model: "m" });
      };
      await assert.rejects(store.change(edit), { code: "model-not-found" });
      assert.equal((await store.change(load("m"))).revision, 1);
    });

    it("begins a new epoch where the database went back to an older state", async () => {
      const location = place();
      await using store = await open(location);
      const { epoch } = await store.change(load("m"));
      await store.change(load("n"));
      const options = { migrations: stateMigrations, lockNumber: stateLock };
      await using database = await Database.open<StateTables>(location, options, { logger: silentLogger() });
      const older = JSON.stringify({ m: { loaded: true, instances: 7 } });
      await database.db.updateTable("desired_state").set({ revision: 1, models: older }).execute();
      const again = await until(store, (state) => state.epoch !== epoch);
      assert.equal(again.models["m"]?.instances, 7);
      assert.equal(again.revision, 1);
    });

    it("begins a new epoch where it went back while nobody watched, as soon as a node holds more; not for a node that is ahead of a look", async () => {
      await using store = await open(place());
      const { epoch } = await store.change(load("m"));
      await store.change(load("n"));
      store.surpassed?.({ epoch, revision: 2 });
      await store.change(load("o"));
      assert.equal(store.current.epoch, epoch);
      store.surpassed?.({ epoch, revision: 9 });
      const again = await until(store, (state) => state.epoch !== epoch);
      assert.deepEqual([again.revision, Object.keys(again.models)], [3, ["m", "n", "o"]]);
    });

    it("keeps nothing that backends would refuse, and takes nothing of the kind from the database", async () => {
      const location = place();
      await using store = await open(location);
      const before = await store.change(load("m"));
      for (const [name, instances] of [
        ["m", 100_000],
        ["n".repeat(2000), 1],
      ] as const) {
        await assert.rejects(store.change(load(name, instances)), { code: "malformed" });
      }
      assert.deepEqual(store.current, before);
      await using database = await Database.open<StateTables>(
        location,
        { migrations: stateMigrations, lockNumber: stateLock },
        { logger: silentLogger() },
      );
      for (const models of ['{"m":null}', "[]", "null", "{", '{"m":{"loaded":true,"instances":1000000}}']) {
        await database.db.updateTable("desired_state").set({ revision: 7, models }).execute();
        await assert.rejects(open(location), RangeError);
        await assert.rejects(store.change(load("o")), { code: "unavailable" });
        assert.deepEqual(store.current, before);
      }
    });
  });
}

describe("a change in PostgreSQL", { skip: withoutPostgres }, () => {
  it("is told to the others at once, also after the database was restarted, without a look of theirs", async () => {
    const location = places[1][1]();
    const parts = { clock: systemClock(), logger: silentLogger(), newEpoch };
    const openSlow = () => openStateStore({ location, pollInterval: 3_600_000 }, parts);
    await using first = await openSlow();
    await using second = await openSlow();
    await first.change(load("m"));
    await until(second, ({ revision }) => revision === 1);
    cluster?.stop();
    await assert.rejects(first.change(load("lost")), { code: "unavailable" });
    cluster?.start();
    await first.change(load("n"));
    const seen = await until(second, ({ revision }) => revision === 2);
    assert.deepEqual(Object.keys(seen.models), ["m", "n"]);
  });
});

describe("PostgreSQL that is restarted", { skip: withoutPostgres }, () => {
  it("leaves the last known state, refuses changes meanwhile, and loses none that was acknowledged", async () => {
    await using store = await open(places[1][1]());
    await store.change(load("m"));
    cluster?.stop();
    await assert.rejects(store.change(load("n")), { code: "unavailable" });
    assert.equal(store.current.revision, 1);
    cluster?.start();
    const state = await store.change(load("o"));
    assert.deepEqual(Object.keys(state.models).sort(), ["m", "o"]);
  });
});

describe("the state in memory", () => {
  it("grows by one with each change, and tells it", async () => {
    const store = memoryStateStore({ newEpoch });
    const told: number[] = [];
    {
      using _watching = store.onChange(({ revision }) => told.push(revision));
      await store.change(load("m"));
      await store.change(load("n"));
    }
    await store.change(load("o"));
    assert.deepEqual(told, [1, 2]);
    assert.equal(store.current.revision, 3);
  });
});
