// Registering by TorchServe's management API: what is asked for, statuses and sentences.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FetchError, InferenceError, type ModelFetcher } from "@sealserve/inference";
import { changingListener as listener, one } from "./testing/changing-listener.ts";

const none =
  '200 Model "m" Version: 1.0 registered with 0 initial workers. Use scale workers API to add workers for the model.';

describe("POST /models", () => {
  it("loads an archive of the store", async () => {
    const { call, asked } = listener([]);
    assert.equal(
      await call("POST", "/models?url=m.mar"),
      '200 Model "m" Version: 1.0 registered with 1 initial workers',
    );
    assert.deepEqual(asked, [["load", { name: "m", version: "1.0" }, {}, 1000]]);
  });

  it("takes the names as JSON too, and does not wait where it is told not to", async () => {
    const { call, asked } = listener([]);
    const given = {
      ...{ url: "m.mar", model_name: "m", batch_size: "8", max_batch_delay: 50, initial_workers: 2 },
      ...{ response_timeout: 3, startup_timeout: 4, synchronous: false },
    };
    assert.equal(await call("POST", "/models?url=none.mar", given), "202 Processing worker updates...");
    const overrides = {
      ...{ instances: 2, maxBatchSize: 8, maxQueueDelay: 50 },
      ...{ responseTimeout: 3000, startupTimeout: 4000 },
    };
    assert.deepEqual(asked, [["load", { name: "m", version: "1.0" }, overrides, 100]]);
  });

  it("leaves open what becomes of a model that it does not wait for", async () => {
    for (const failure of [
      new InferenceError("not-converged", { model: "m", limit: 100, waiting: "" }),
      new InferenceError("load-failed", { model: "m", version: "1.0", reason: "broken" }),
    ]) {
      const { call } = listener([], failure);
      assert.equal(await call("POST", "/models?url=m.mar&synchronous=false"), "202 Processing worker updates...");
    }
  });

  it("starts no worker that has no time for it", async () => {
    const { call, asked } = listener([]);
    assert.equal(
      await call("POST", "/models?url=m.mar&startup_timeout=0"),
      "500 InternalServerException: Failed to start workers for model m version: 1.0",
    );
    assert.deepEqual(asked, []);
  });

  it("registers without workers where none are asked for, or where that is the default", async () => {
    for (const [query, more] of [
      ["&initial_workers=0&synchronous=false", {}],
      ["&initial_workers=-1", {}],
      ["", { defaultWorkers: 0 }],
    ] as const) {
      const { call, asked } = listener([], null, more);
      assert.equal(await call("POST", `/models?url=m.mar${query}`), none);
      assert.deepEqual(asked, [["load", { name: "m", version: "1.0" }, { instances: 0 }, 1000]]);
    }
  });

  it("tells how many workers the archive or the server asked for, where the call did not", async () => {
    for (const [query, instances, expected] of [
      ["", 3, '200 Model "m" Version: 1.0 registered with 3 initial workers'],
      ["&synchronous=false", 3, "202 Processing worker updates..."],
      ["&synchronous=false", null, "202 Processing worker updates..."],
      ["", 0, none],
      ["&synchronous=false", 0, none],
    ] as const) {
      const { call, asked } = listener([], null, { instances: () => instances });
      assert.equal(await call("POST", `/models?url=m.mar${query}`), expected);
      assert.deepEqual(asked[0]?.slice(0, 3), ["load", { name: "m", version: "1.0" }, {}]);
    }
  });

  it("takes numbers that are none for numbers that are not given", async () => {
    const { call, asked } = listener([]);
    await call("POST", "/models?url=m.mar&batch_size=dd&max_batch_delay=x&initial_workers=y&response_timeout=z");
    assert.deepEqual(asked, [["load", { name: "m", version: "1.0" }, {}, 1000]]);
  });

  it("says where a version comes from that is not what its entry alone says", async () => {
    for (const [query, name, source] of [
      ["url=m.mar&model_name=other", "other", { entry: "m.mar" }],
      ["url=m.mar&handler=x.py:f", "m", { entry: "m.mar", handler: "x.py:f" }],
      ["url=m.mar&runtime=PYTHON3", "m", { entry: "m.mar", runtime: "python3" }],
      ["url=other.mar", "m", { entry: "other.mar" }],
      ["url=/store/m.mar&model_name=n", "n", { entry: "m.mar" }],
    ] as const) {
      const { call, asked } = listener([], null, { modelStore: "/store" });
      assert.equal(
        await call("POST", `/models?${query}`),
        `200 Model "${name}" Version: 1.0 registered with 1 initial workers`,
      );
      assert.deepEqual(asked, [["load", { name, version: "1.0" }, { source }, 1000]]);
    }
  });

  it("has archives fetched, where somebody does that", async () => {
    const done: string[] = [];
    const fetcher: ModelFetcher = {
      async fetch(url) {
        done.push(`fetch ${url}`);
        if (url === "file:///x") throw new FetchError("not-fetched", { url, reason: "not there" });
        if (url === "http://y/m.mar") throw new FetchError("entry-exists", { url, entry: "m.mar" });
        return { entry: url.endsWith("z") ? "no-zip.mar" : "m.mar", pinned: null };
      },
      async remove(entry) {
        done.push(`remove ${entry}`);
      },
    };
    const { call, asked } = listener([], null, { fetcher });
    assert.match(await call("POST", "/models?url=https://a/b.mar"), /^200/);
    assert.deepEqual(asked, [
      ["load", { name: "m", version: "1.0" }, { source: { entry: "m.mar", url: "https://a/b.mar" } }, 1000],
    ]);
    assert.equal(
      await call("POST", "/models?url=file:///x"),
      "400 DownloadArchiveException: Failed to download archive from: file:///x",
    );
    assert.equal(
      await call("POST", "/models?url=http://y/m.mar"),
      "500 InternalServerException: Model file already exists m.mar",
    );
    assert.equal(await call("POST", "/models?url=file:///z"), "400 InvalidModelException: Model name is not defined.");
    assert.deepEqual(done, [
      ...["fetch https://a/b.mar", "fetch file:///x", "fetch http://y/m.mar"],
      ...["fetch file:///z", "remove no-zip.mar"],
    ]);
  });

  it("refuses a body of JSON as the original's reader does", async () => {
    const { call } = listener([]);
    assert.equal(
      await call("POST", "/models", { model_name: "x" }),
      "400 BadRequestException: Parameter url is required.",
    );
    assert.equal(
      await call("POST", "/models", { url: "m.mar", batch_size: "many" }),
      '500 JsonSyntaxException: java.lang.NumberFormatException: For input string: "many"',
    );
    assert.equal(
      await call("POST", "/models", []),
      "500 JsonSyntaxException: java.lang.IllegalStateException: Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 2 path $",
    );
    assert.equal(
      await call("POST", "/models", "{"),
      "500 JsonSyntaxException: java.io.EOFException: End of input at line 1 column 2 path $.",
    );
  });

  const refusals: readonly (readonly [string, string])[] = [
    ["/models", "400 BadRequestException: Parameter url is required."],
    ["/models?url=", "404 ModelNotFoundException: empty url"],
    ["/models?url=no-zip.mar", "400 InvalidModelException: Model name is not defined."],
    ["/models?url=parsed.mar", "400 InvalidModelException: Failed to parse signature.json."],
    ["/models?url=odd.mar", "400 InvalidModelException: Runtime is not defined or invalid."],
    ["/models?url=climbing.mar", "500 InternalServerException: Failed to save model: climbing.mar"],
    ["/models?url=m.mar&runtime=python4", "400 BadRequestException: Invalid RuntimeType value: python4"],
    ["/models?url=ftp://x/m.mar", "404 ModelNotFoundException: Model not found at: ftp://x/m.mar"],
    ["/models?url=none.mar", "404 ModelNotFoundException: Model not found at: none.mar"],
    ["/models?url=../m.mar", "404 ModelNotFoundException: Relative path is not allowed in url: ../m.mar"],
    [
      "/models?url=https://x/m.mar",
      "404 ModelNotFoundException: Given URL https://x/m.mar does not match any allowed URL(s)",
    ],
    [
      "/models?url=file:///m.mar",
      "404 ModelNotFoundException: Given URL file:///m.mar does not match any allowed URL(s)",
    ],
    ["/models?url=m.mar", "409 ConflictStatusException: Model version 1.0 is already registered for model m"],
  ];
  for (const [path, expected] of refusals) {
    it(`${path} is refused`, async () => {
      const { call, asked } = listener(one);
      assert.equal(await call("POST", path), expected);
      assert.deepEqual(asked, []);
    });
  }

  it("refuses more workers than anybody needs", async () => {
    const { call } = listener([]);
    assert.match(await call("POST", "/models?url=m.mar&initial_workers=1025"), /^400 BadRequestException/);
  });

  it("unregisters what could not be loaded", async () => {
    const { call, asked } = listener(
      [],
      new InferenceError("load-failed", { model: "m", version: "1.0", reason: "broken" }),
    );
    assert.equal(
      await call("POST", "/models?url=m.mar"),
      "500 InternalServerException: Failed to start workers for model m version: 1.0",
    );
    assert.deepEqual(asked.at(-1), ["unload", { name: "m", version: "1.0" }, 1000]);
  });

  it("is refused while the model API is off, and so is DELETE; other changes are not", async () => {
    const { call } = listener(one, null, { modelApi: false });
    assert.match(await call("POST", "/models?url=m.mar"), /^405 MethodNotAllowedException/);
    assert.match(await call("DELETE", "/models/m"), /^405 MethodNotAllowedException/);
    assert.match(await call("PUT", "/models/m?min_worker=1"), /^202/);
    assert.match(await call("PUT", "/models/m/1.0/set-default"), /^200/);
  });
});
