// The calls of TorchServe's management API that change models: statuses and sentences, and what they ask for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json } from "@sealserve/conformance/fixtures/ask-protocol";
import { ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import {
  FetchError,
  InferenceError,
  type ManagementService,
  type ModelFetcher,
  type ModelStatus,
  type StoredVersion,
} from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { torchserveManagement } from "./index.ts";

const stored: readonly StoredVersion[] = [
  { name: "m", version: "1.0", entry: "m.mar" },
  { name: "n", version: "2.0", entry: "n.mar" },
  { name: "m", version: "1.0", entry: "other.mar" },
  { name: "no-zip", version: "1.0", entry: "no-zip.mar", fault: "unreadable" },
  { name: "climbing", version: "1.0", entry: "climbing.mar", fault: "unsafe" },
  { name: "odd", version: "1.0", entry: "odd.mar", fault: "bad-runtime" },
  { name: "parsed", version: "1.0", entry: "parsed.mar", fault: "bad-manifest" },
];

function listener(
  versions: readonly Omit<ModelStatus, "name">[],
  failure: InferenceError | null = null,
  more: Partial<Changes> & { readonly modelApi?: boolean } = {},
) {
  const statuses = versions.map((version) => ({ name: "m", ...version }));
  const model = { ...tensorModel({ name: "m", inputs: [], outputs: [] }, () => []), statuses };
  const asked: unknown[][] = [];
  const answer = (...call: unknown[]): Promise<void> => {
    asked.push(call);
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  const management: ManagementService = {
    load: (which, overrides, { wait }) => answer("load", which, overrides, wait),
    unload: (which, { wait }) => answer("unload", which, wait),
    change: (which, overrides, { wait }) => answer("change", which, overrides, wait),
  };
  const protocol = torchserveManagement({
    service: new ModelService(versions.length > 0 ? [model] : []),
    requestId: () => "id",
    describe: async () => null,
    changes: { management, stored: async () => stored, wait: 1000, ...more },
    ...(more.modelApi === undefined ? {} : { modelApi: more.modelApi }),
  });
  const call = async (method: string, path: string, body?: object | string) => {
    const init = body && {
      headers: { "content-type": "application/json" },
      body: utf8(typeof body === "string" ? body : JSON.stringify(body)),
    };
    const reply = await ask(protocol, method, path, ...(init ? [init] : []));
    const document = json(reply) as { readonly status?: string; readonly type?: string; readonly message?: string };
    return `${reply.status} ${document.status ?? `${document.type}: ${document.message}`}`;
  };
  return { call, asked };
}

type Changes = NonNullable<Parameters<typeof torchserveManagement>[0]["changes"]>;

const one = [{ version: "1.0", state: "available" }] as const;
const two = [{ version: "2.0", state: "available" }, ...one] as const;

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
    assert.deepEqual(asked, [["load", { name: "m", version: "1.0" }, overrides, 0]]);
  });

  it("registers without workers where none are asked for, or where that is the default", async () => {
    const none =
      '200 Model "m" Version: 1.0 registered with 0 initial workers. Use scale workers API to add workers for the model.';
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
        return url.endsWith("z") ? "no-zip.mar" : "m.mar";
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

describe("PUT /models/{model}", () => {
  it("sets how many instances run at once", async () => {
    const { call, asked } = listener(one);
    assert.equal(await call("PUT", "/models/m?min_worker=3"), "202 Processing worker updates...");
    assert.equal(await call("PUT", "/models/m?min_worker=3&synchronous=true"), "200 Workers scaled to 3 for model: m");
    assert.equal(
      await call("PUT", "/models/m/1.0?min_worker=2&max_worker=4&synchronous=true"),
      "200 Workers scaled to 2 for model: m, version: 1.0",
    );
    assert.deepEqual(asked.at(-1), ["change", { name: "m", version: "1.0" }, { instances: 2, maxInstances: 4 }, 1000]);
    assert.equal(
      await call("PUT", "/models/m?min_worker=0&model_version=1.0&synchronous=true"),
      "200 Workers scaled to 0 for model: m, version: 1.0",
    );
    assert.deepEqual(asked.at(-1), ["change", { name: "m", version: "1.0" }, { instances: 0, maxInstances: 0 }, 1000]);
  });

  it("says that it goes on where it takes long", async () => {
    const slow = new InferenceError("not-converged", { model: "m", limit: 1, waiting: "" });
    const { call } = listener(one, slow);
    assert.equal(await call("PUT", "/models/m?min_worker=3&synchronous=true"), "206 Workers scaling in progress...");
  });

  it("refuses numbers that make no sense, and models that are not there", async () => {
    const { call } = listener(one);
    assert.equal(
      await call("PUT", "/models/m?min_worker=3&max_worker=2"),
      "400 BadRequestException: max_worker cannot be less than min_worker.",
    );
    assert.equal(
      await call("PUT", "/models/m?min_worker=-1"),
      "500 IndexOutOfBoundsException: Index -1 out of bounds for length 0",
    );
    assert.match(await call("PUT", "/models/m?min_worker=1025"), /^400 BadRequestException/);
    assert.equal(await call("PUT", "/models/x?min_worker=1"), "404 ModelNotFoundException: Model not found: x");
    assert.equal(
      await call("PUT", "/models/m/9?min_worker=1"),
      "404 ModelVersionNotFoundException: Model version: 9 does not exist for model: m",
    );
  });
});

describe("PUT /models/{model}/{version}/set-default", () => {
  it("chooses the version that serves where none is named", async () => {
    const { call, asked } = listener(two);
    assert.equal(
      await call("PUT", "/models/m/1.0/set-default"),
      '200 Default version successfully updated for model "m" to "1.0"',
    );
    assert.deepEqual(asked, [["change", { name: "m", version: "1.0" }, { defaultVersion: "1.0" }, 1000]]);
    assert.equal(
      await call("PUT", "/models/m/9/set-default"),
      "404 ModelVersionNotFoundException: Model version 9 does not exist for model m",
    );
    assert.equal(await call("PUT", "/models/x/1.0/set-default"), "404 ModelNotFoundException: Model not found: x");
  });
});

describe("DELETE /models/{model}", () => {
  it("unloads the last version with the model, and one of several alone", async () => {
    const single = listener(one);
    assert.equal(await single.call("DELETE", "/models/m"), '200 Model "m" unregistered');
    assert.deepEqual(single.asked, [["unload", { name: "m" }, 1000]]);
    const several = listener(two);
    assert.equal(await several.call("DELETE", "/models/m/1.0"), '200 Model "m" unregistered');
    assert.deepEqual(several.asked, [["unload", { name: "m", version: "1.0" }, 1000]]);
  });

  it("refuses the default version while others are there", async () => {
    const { call } = listener(two, new InferenceError("default-version", { model: "m", version: "2.0" }));
    assert.equal(
      await call("DELETE", "/models/m"),
      "403 InvalidModelVersionException: Cannot remove default version for model m",
    );
    assert.equal(await listener([]).call("DELETE", "/models/m"), "404 ModelNotFoundException: Model not found: m");
  });
});
