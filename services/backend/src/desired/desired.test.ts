// A backend comes to what it is told: versions, defaults, settings, in order and without a gap.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import type { DesiredModel, DesiredState } from "@sealserve/inference";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Backend, startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";

const identity = 'backend: "identity"\nmax_batch_size: 8\n';
const files = { "m/config.pbtxt": identity, "m/1/x": "", "m/2/x": "", "m/3/x": "" };

interface Store {
  readonly backend: Backend;
  write(name: string, text: string): Promise<void>;
}

async function inStore(settings: object, act: (store: Store) => Promise<void>, has: Record<string, string> = files) {
  const modelStore = await mkdtemp(join(tmpdir(), "sealserve-desired-"));
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(modelStore, name)), { recursive: true });
    await writeFile(join(modelStore, name), text);
  };
  try {
    for (const [name, text] of Object.entries(has)) await write(name, text);
    const config = backendConfig.parse({ modelStore, pollInterval: 0, loadRetries: 0, ...settings });
    await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger() });
    await backend.settled();
    await act({ backend, write });
  } finally {
    await rm(modelStore, { recursive: true, force: true });
  }
}

const state = (revision: number, model: DesiredModel | null, epoch = "e"): DesiredState => ({
  epoch,
  revision,
  models: model ? { m: model } : {},
});

async function available({ service }: Backend): Promise<string[]> {
  const statuses = await service.list();
  assert.ok(!statuses.some(({ state }) => state === "loading" || state === "start"));
  return statuses.filter(({ state }) => state === "available").map(({ version }) => version);
}

async function come(backend: Backend, to: DesiredState): Promise<string[]> {
  await backend.apply(to);
  await backend.settled();
  // What goes away does so once what comes is there.
  for (;;) {
    const statuses = await backend.service.list();
    const { desired } = backend;
    const there = desired?.epoch === to.epoch && desired.revision >= to.revision;
    if (there && !statuses.some(({ state }) => state === "unloading")) return available(backend);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const signal = AbortSignal.timeout(10_000);
const answeredBy = async ({ service }: Backend): Promise<string> => (await service.metadata({ name: "m" })).version;

describe("versions", () => {
  it("are as the store and the configuration say, until somebody says otherwise", async () => {
    await inStore({}, async ({ backend }) => {
      assert.equal(backend.desired, null);
      assert.deepEqual(await available(backend), ["3"]);
      assert.deepEqual(await come(backend, state(1, { loaded: true, versions: ["1", "3"] })), ["3", "1"]);
      assert.deepEqual(await come(backend, state(2, { loaded: true })), ["3"]);
      assert.deepEqual(await come(backend, state(3, { loaded: false })), []);
      assert.deepEqual(await come(backend, state(4, null)), ["3"]);
      assert.deepEqual(backend.desired, { epoch: "e", revision: 4 });
    });
  });

  it("are none before a call where the store is controlled explicitly, and new ones wait for the next call", async () => {
    await inStore({ modelControl: "explicit" }, async ({ backend, write }) => {
      assert.deepEqual(await available(backend), []);
      assert.deepEqual(await come(backend, state(1, { loaded: true, attempt: 1 })), ["3"]);
      await write("m/4/x", "");
      await backend.look();
      await backend.settled();
      assert.deepEqual(await available(backend), ["3"]);
      assert.deepEqual(await come(backend, state(2, { loaded: true, attempt: 2 })), ["4"]);
    });
  });

  it("that are the default are loaded and answer where none is named", async () => {
    await inStore({}, async ({ backend }) => {
      assert.equal(await answeredBy(backend), "3");
      assert.deepEqual(await come(backend, state(1, { loaded: true, defaultVersion: "1" })), ["3", "1"]);
      assert.equal(await answeredBy(backend), "1");
      assert.equal(backend.defaultVersion("m"), "1");
      await come(backend, state(2, { loaded: true }));
      assert.equal(await answeredBy(backend), "3");
    });
  });

  it("that failed are tried again when a call says so", async () => {
    const broken = { "m/config.pbtxt": "backend: 7", "m/1/x": "" };
    await inStore(
      {},
      async ({ backend, write }) => {
        assert.match((await backend.service.list())[0]?.reason ?? "", /backend/);
        await write("m/config.pbtxt", identity);
        assert.deepEqual(await come(backend, state(1, { loaded: true, attempt: 1 })), ["1"]);
      },
      broken,
    );
  });

  it("are told as they lie in the store, loaded or not", async () => {
    await inStore({ modelControl: "explicit" }, async ({ backend }) => {
      const stored = backend.stored().map(({ name, version, entry }) => `${name} ${version} ${entry}`);
      assert.deepEqual(stored, ["m 1 m", "m 2 m", "m 3 m"]);
    });
  });
});

describe("a state", () => {
  it("that is older is passed over, and one of another epoch is not", async () => {
    await inStore({}, async ({ backend }) => {
      await come(backend, state(5, { loaded: false }));
      await backend.apply(state(4, { loaded: true }));
      assert.deepEqual(await available(backend), []);
      assert.deepEqual(await come(backend, state(1, { loaded: true }, "another")), ["3"]);
      assert.deepEqual(backend.desired, { epoch: "another", revision: 1 });
    });
  });

  it("that names what only objects have is no harm", async () => {
    await inStore({}, async ({ backend }) => {
      const models = JSON.parse('{"__proto__": {"loaded": true}, "constructor": {"loaded": true}}');
      assert.deepEqual(await come(backend, { epoch: "e", revision: 1, models }), ["3"]);
    });
  });
});

describe("settings", () => {
  it("change while the model serves, without a request lost", async () => {
    await inStore({}, async ({ backend }) => {
      let answered = 0;
      let stop = false;
      const input = { name: "INPUT0", datatype: "FP32", shape: [1, 1], bytes: new Uint8Array(4) } as const;
      const ask = async (): Promise<void> => {
        while (!stop) {
          await backend.service.infer({ model: { name: "m" }, inputs: [input] }, signal);
          answered++;
          await new Promise(setImmediate);
        }
      };
      const asking = Promise.all([ask(), ask(), ask()]);
      for (const [i, instances] of [2, 3, 1].entries()) await come(backend, state(i + 1, { loaded: true, instances }));
      const before = answered;
      await come(backend, state(9, { loaded: true, instances: 2, maxBatchSize: 4 }));
      assert.equal(backend.loaded("m", "3")?.definition.instances, 2);
      assert.equal(backend.loaded("m", "3")?.metadata.maxBatchSize, 4);
      stop = true;
      await asking;
      assert.ok(answered > before);
    });
  });

  it("that do not matter to a version leave it as it is", async () => {
    await inStore({}, async ({ backend }) => {
      const { since } = backend.loaded("m", "3") ?? {};
      await come(backend, state(1, { loaded: true, instances: 1, attempt: 4 }));
      assert.equal(backend.loaded("m", "3")?.since, since);
    });
  });
});
