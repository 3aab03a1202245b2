// What sources emit, and when.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { FixedSource } from "./fixed-source.ts";
import { PolledSource, type PolledSourceOptions } from "./polled-source.ts";
import type { Source } from "./source.ts";
import { adaptSource } from "./source-adapter.ts";
import type { Version } from "./version.ts";

type Models = ReadonlyMap<string, readonly Version<string>[]>;

function models(found: Readonly<Record<string, readonly string[]>>): Models {
  return new Map(
    Object.entries(found).map(([model, names]) => [model, names.map((version) => ({ version, item: "" }))]),
  );
}

/** What a source emits, as `model: versions`. */
function record<T>(source: Source<T>): { readonly emitted: string[]; readonly started: AsyncDisposable } {
  const emitted: string[] = [];
  const started = source.start((model, aspired) => {
    emitted.push(`${model}: ${aspired.map(({ version }) => version)}`);
  });
  return { emitted, started };
}

/** A polled source whose scans find what the test says; an error: the scan fails. */
function polled(options: PolledSourceOptions, first: Models | Error) {
  const clock = new VirtualClock();
  const problems: unknown[] = [];
  const world = { found: first, scans: 0 };
  const scan = async (): Promise<Models> => {
    world.scans++;
    if (world.found instanceof Error) throw world.found;
    return world.found;
  };
  const source = new PolledSource(options, { scan, clock, onProblem: (error) => problems.push(error) });
  return { clock, problems, world, source };
}

describe("the fixed source", () => {
  it("emits everything at once", () => {
    const { emitted } = record(new FixedSource(models({ a: ["1", "2"], b: [] })));
    assert.deepEqual(emitted, ["a: 1,2", "b: "]);
  });
});

describe("the polled source", () => {
  it("emits what each scan finds, and an empty list once for a model that is gone", async () => {
    const { clock, world, source } = polled({}, models({ a: ["1"], b: ["1"] }));
    const { emitted } = record(source);
    await source.first;
    assert.deepEqual(emitted.splice(0), ["a: 1", "b: 1"]);
    for (const [found, expected] of [
      [{ b: ["1", "2"] }, ["a: ", "b: 1,2"]],
      [{ b: ["2"] }, ["b: 2"]],
      [{}, ["b: "]],
      [{}, []],
    ] as const) {
      world.found = models(found);
      clock.advance(1000);
      await turn();
      assert.deepEqual(emitted.splice(0), expected);
    }
  });

  it("unloads nothing where a scan fails, tells why, and goes on", async () => {
    const { clock, problems, world, source } = polled({ interval: 10 }, models({ a: ["1"] }));
    const { emitted } = record(source);
    await source.first;
    world.found = new Error("the base folder is away");
    clock.advance(10);
    await turn();
    assert.deepEqual(emitted.splice(0), ["a: 1"]);
    assert.deepEqual(problems, [world.found]);
    world.found = models({});
    clock.advance(10);
    await turn();
    assert.deepEqual(emitted, ["a: "]);
  });

  it("says that the first scan failed", async () => {
    const { problems, world, source } = polled({ interval: 0 }, new Error("unreadable"));
    record(source);
    await assert.rejects(source.first, world.found);
    assert.deepEqual(problems, [world.found]);
  });

  it("scans once with interval 0, and never with none", async () => {
    for (const [interval, scans] of [
      [0, 1],
      [null, 0],
    ] as const) {
      const { clock, world, source } = polled({ interval }, models({ a: ["1"] }));
      record(source);
      await source.first;
      await turn();
      clock.advance(1e6);
      assert.deepEqual([world.scans, clock.timers], [scans, 0]);
    }
  });

  it("emits nothing once it is disposed, also from a scan that runs", async () => {
    const { clock, world, source } = polled({ interval: 10 }, models({ a: ["1"] }));
    const { emitted, started } = record(source);
    await source.first;
    await turn();
    clock.advance(10);
    await started[Symbol.asyncDispose]();
    assert.deepEqual(emitted, ["a: 1"]);
    assert.deepEqual([world.scans, clock.timers], [2, 0]);
  });
});

describe("a source adapter", () => {
  it("makes one item for a version, as long as that is listed", () => {
    let emit: (model: string, aspired: readonly Version<string>[]) => void = () => {};
    const source: Source<string> = {
      start(begin) {
        emit = begin;
        return { [Symbol.asyncDispose]: () => Promise.resolve() };
      },
    };
    const made: string[] = [];
    const items: (readonly object[])[] = [];
    adaptSource(source, (model, { version, item }) => {
      made.push(`${model} ${version} ${item}`);
      return {};
    }).start((_, aspired) => items.push(aspired.map(({ item }) => item)));
    emit("m", [{ version: "1", item: "x" }]);
    emit("m", [
      { version: "1", item: "x" },
      { version: "2", item: "y" },
    ]);
    emit("n", [{ version: "1", item: "z" }]);
    emit("m", [{ version: "2", item: "y" }]);
    emit("m", []);
    emit("m", [{ version: "2", item: "y" }]);
    assert.deepEqual(made, ["m 1 x", "m 2 y", "n 1 z", "m 2 y"]);
    assert.equal(items[0]?.[0], items[1]?.[0]);
    assert.equal(items[1]?.[1], items[3]?.[0]);
    assert.notEqual(items[3]?.[0], items[5]?.[0]);
  });

  it("stops its source", async () => {
    const { clock, source } = polled({}, models({ a: ["1"] }));
    const started = adaptSource(source, () => 0).start(() => {});
    await source.first;
    await turn();
    await started[Symbol.asyncDispose]();
    assert.equal(clock.timers, 0);
  });
});
