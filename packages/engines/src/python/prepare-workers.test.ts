// What workers are started with: interpreters that are missing or lack packages, requirements, folders in memory only.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decodeByteStrings, encodeByteStrings, isInferenceError } from "@sealserve/inference";
import { type BatchRunner, systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { createRunner } from "../engine-loader.ts";
import { openMemoryFolders } from "../memory/memory-folders.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { PythonParts } from "./python-parts.ts";
import { FakePython, noPip, noPython } from "./testing/fake-python.ts";

const makesNetworks = ["-n", "-rn"].some((how) => spawnSync("unshare", [how, "true"]).status === 0);
const noNetworks = !makesNetworks && "no networks can be made here";
const never = new AbortController().signal;

describe("a model with a Python handler", { skip: noPython }, () => {
  let python: FakePython;
  before(async () => {
    python = await FakePython.open();
  });
  after(() => python[Symbol.asyncDispose]());

  async function open(
    parts: PythonParts | undefined,
    definition: Partial<ModelDefinition> = {},
    requirementsFile: string | null = null,
    handler = "h.py",
  ): Promise<BatchRunner> {
    const engine = { kind: "python", handler, serializedFile: null, envelope: null, requirementsFile } as const;
    const files = memoryFiles({ "h.py": Buffer.from("code"), "r.txt": Buffer.from("greeting\n") });
    const memoryFolders = await openMemoryFolders({ path: "auto" }, { onNoRoom: () => {} });
    return createRunner(
      modelDefinition({ layout: "model-archive", engine, files, maxBatchSize: 1, ...definition }),
      { clock: systemClock(), onEvent: () => {}, memoryFolders, ...(parts && { python: parts }) },
      never,
    );
  }

  async function told(runner: BatchRunner, body: string): Promise<string> {
    const bytes = encodeByteStrings([Buffer.from(body)]);
    const input = { name: "body", datatype: "BYTES", shape: [1], bytes } as const;
    const [answer] = await runner.run([{ model: { name: "m" }, inputs: [input] }], never);
    assert.ok(answer && !isInferenceError(answer));
    const [first] = decodeByteStrings("prediction", answer.outputs[0]?.bytes ?? new Uint8Array());
    return Buffer.from(first ?? []).toString();
  }

  const refusals: readonly (readonly [string, () => PythonParts | undefined, RegExp])[] = [
    ["on a server without Python", () => undefined, /runs no Python handlers/],
    [
      "without an interpreter",
      () => python.parts({}, { PATH: "/nowhere" }),
      /pip install torchserve .*SEALSERVE_PYTHON/,
    ],
    ["by an interpreter that is not there", () => python.parts({ interpreter: "/nowhere/python" }), /SEALSERVE_PYTHON/],
    ["by a program that is no interpreter", () => python.parts({ interpreter: "/bin/false" }), /no working Python/],
    ["without TorchServe's package", () => python.parts({}, { PYTHONPATH: "" }), /has no torchserve/],
  ];
  for (const [what, parts, sentence] of refusals) {
    it(`${what} is not loaded, and says what to do`, async () => {
      await assert.rejects(open(parts()), (error: unknown) => {
        assert.ok(error instanceof Error && "code" in error);
        assert.equal(error.code, "load-failed");
        assert.match(error.message, sentence);
        return true;
      });
    });
  }

  it("is not run by an interpreter beside a measured image, nor installed from a folder there, which is not even asked (G21)", async () => {
    const beside = await mkdtemp("/dev/shm/sealserve-beside-");
    try {
      const asked = join(beside, "asked");
      const interpreter = join(beside, "python3");
      await writeFile(interpreter, `#!/bin/sh\ntouch ${asked}\nexec python3 "$@"\n`, { mode: 0o755 });
      for (const options of [{ interpreter }, { interpreter, wheels: beside }, { wheels: beside }]) {
        const refused = { code: "load-failed", message: /does not lie in the image/ };
        await assert.rejects(open({ ...python.parts(options), imageOnly: true }), refused);
      }
      assert.deepEqual(await readdir(beside), ["python3"]);
    } finally {
      await rm(beside, { recursive: true });
    }
  });

  it("that names no handler has the server's", async () => {
    await assert.rejects(open(python.parts(), {}, null, ""), { code: "load-failed" });
    await using runner = await open(python.parts({ defaultServiceHandler: "h.py" }), {}, null, "");
    assert.match(await told(runner, "x"), /"size": 1/);
  });

  it("of which nothing may lie on a disk is unpacked in memory, its temporary files with it", async () => {
    const parts = { ...python.parts(), memoryOnly: true };
    await using runner = await open(parts);
    const seen = JSON.parse(await told(runner, "environment"));
    assert.match(seen.folder, /^\/dev\/shm\/sealserve-/);
    assert.equal(seen.environment.TMPDIR, join(seen.folder, ".tmp"));
    const sealed = await open(python.parts(), { memoryOnly: true });
    await using _ = sealed;
    assert.match(JSON.parse(await told(sealed, "environment")).folder, /^\/dev\/shm\//);
  });

  it("is told by which headers sequences are named, where they are other ones", async () => {
    const named = async (parts: PythonParts) => {
      await using runner = await open(parts);
      const { environment } = JSON.parse(await told(runner, "environment"));
      return ["ID", "START", "END"].map((name) => environment[`TS_REQUEST_SEQUENCE_${name}`]);
    };
    const own = { TS_REQUEST_SEQUENCE_ID: "x-own" };
    const sequenceHeaders = { id: "x-id", start: "ts_request_sequence_start", end: "x-end" };
    assert.deepEqual(await named({ ...python.parts({}, own), sequenceHeaders }), [
      ...["x-id", "ts_request_sequence_start", "x-end"],
    ]);
    assert.deepEqual(await named(python.parts({}, own)), ["x-own", undefined, undefined]);
  });

  it("finds modules in the archive only, whatever its handler is called (G4)", async () => {
    for (const handler of ["../../tmp/evil/h.py", "/tmp/evil/h.py", "h:/tmp/evil/run", "a:/tmp/evil/h.py"]) {
      await using runner = await open(python.parts(), {}, null, handler);
      const seen = JSON.parse(await told(runner, "environment"));
      const path: string[] = seen.environment.PYTHONPATH.split(":");
      assert.deepEqual(
        path.filter((each) => /evil/.test(each) && !each.startsWith(`${seen.folder}/`)),
        [],
        handler,
      );
    }
  });

  it("finds nothing where a host that is not trusted says, and leaves nothing there (G4)", async () => {
    const named = { HOME: "/models", XDG_CACHE_HOME: "/models", TORCH_HOME: "/models/hub", OMP_NUM_THREADS: "2" };
    const outside = { ...named, PATH: `/models/bin:${process.env["PATH"]}`, PYTHONPYCACHEPREFIX: "/models" };
    await using runner = await open({ ...python.parts({}, outside), memoryOnly: true });
    const { folder, environment: seen } = JSON.parse(await told(runner, "environment"));
    assert.deepEqual([seen.HOME, seen.TMPDIR], [join(folder, ".tmp"), join(folder, ".tmp")]);
    assert.deepEqual([seen.XDG_CACHE_HOME, seen.TORCH_HOME, seen.PYTHONPYCACHEPREFIX], [undefined, undefined, ""]);
    assert.deepEqual([seen.OMP_NUM_THREADS, seen.PYTHONNOUSERSITE, seen.PIP_CONFIG_FILE], ["2", "1", "/dev/null"]);
    assert.doesNotMatch(seen.PATH, /models/);
    // Who owns the machine may say where to look; what is compiled of a sealed model stays in memory all the same.
    await using sealed = await open(python.parts({ environmentDeny: ["TMP.*"] }, outside), { memoryOnly: true });
    const own = JSON.parse(await told(sealed, "environment"));
    assert.deepEqual([own.environment.HOME, own.environment.PYTHONPYCACHEPREFIX], ["/models", ""]);
    assert.equal(own.environment.TMPDIR, join(own.folder, ".tmp"));
  });

  it("runs no code that was compiled where a host says, not even to ask its interpreter (G4)", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sealserve-compiled-"));
    try {
      const foreign = `import os\nopen(${JSON.stringify(join(folder, "ran"))}, "w")\ndef python_version(): return "3"\n`;
      await writeFile(join(folder, "foreign.py"), foreign);
      // Of all that is compiled so, Python looks at no source to compare.
      const compile = `
import importlib.util, platform, py_compile, sys
folder = sys.argv[1]
sys.pycache_prefix = folder
where = importlib.util.cache_from_source(platform.__file__)
py_compile.compile(folder + "/foreign.py", where, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
`;
      assert.equal(spawnSync("python3", ["-c", compile, folder]).status, 0);
      const outside = { PYTHONPYCACHEPREFIX: folder };
      await using runner = await open({ ...python.parts({}, outside), memoryOnly: true });
      assert.ok(runner);
      assert.equal((await readdir(folder)).includes("ran"), false);
      await using trusted = await open(python.parts({}, outside));
      assert.ok(trusted);
      assert.equal((await readdir(folder)).includes("ran"), true, "else this would prove nothing");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("of several ranks has a network of its own where a host is not trusted", { skip: noNetworks }, async () => {
    const parallel = { type: "tp", level: 2, torchrun: { threads: 1 } } as const;
    await using runner = await open({ ...python.parts(), memoryOnly: true }, { parallel });
    assert.deepEqual(JSON.parse(await told(runner, "networks")), ["lo"]);
    await using shared = await open(python.parts(), { parallel });
    assert.deepEqual(
      JSON.parse(await told(shared, "networks")).toSorted(),
      (await readdir("/sys/class/net")).toSorted(),
    );
  });

  for (const useVenv of [false, true]) {
    it(`has what it requires${useVenv ? " in an environment of its own" : ""}`, { skip: noPip }, async () => {
      const wheels = await python.wheels("greeting", "hello");
      await using runner = await open(python.parts({ installDependencies: true, wheels }), { useVenv }, "r.txt");
      assert.equal(await told(runner, "import greeting"), "hello");
    });
  }

  it("whose requirements cannot be had says so", { skip: noPip }, async () => {
    const wheels = await mkdtemp("/tmp/no-wheels-");
    try {
      const parts = python.parts({ installDependencies: true, wheels });
      await assert.rejects(open(parts, {}, "r.txt"), (error: unknown) => /greeting/.test(String(error)));
    } finally {
      await rm(wheels, { recursive: true });
    }
  });

  it("that is secret has nothing installed from the network", async () => {
    const parts = { ...python.parts({ installDependencies: true }), memoryOnly: true };
    await assert.rejects(open(parts, {}, "r.txt"), (error: unknown) => /python\.wheels/.test(String(error)));
  });
});
