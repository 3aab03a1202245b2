// A real TorchServe behind the sidecar, its archive sealed, asked by curl; and what is left when the sidecar is killed.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { until } from "../e2e/until.ts";
import { stop } from "../fixtures/spawned-command.ts";
import { realTorchServe } from "./real-torchserve.ts";
import { type RunningSidecar, sidecarFiles, startSidecar, testMemory, token } from "./running-sidecar.ts";

const run = promisify(execFile);
const missing = spawnSync("curl", ["--version"]).error ? "curl is not installed" : false;
/** Java, and then Python in it, take their time. */
const slow = { limit: 120_000, interval: 200 };

test("curl, with TorchServe behind the sidecar", { skip: missing }, async (t) => {
  await using folder = await temporaryFolder();
  const torchserve = await realTorchServe(folder);
  if ("missing" in torchserve) {
    t.skip(torchserve.missing);
    return;
  }
  const { archive, command, environment, upstream } = torchserve;
  const { config, roots } = await sidecarFiles(folder, [{ from: archive, name: "double.mar.age" }]);
  await using memory = await testMemory();
  const around = { ...config, upstream, protocol: "torchserve", environment, memoryFolder: memory.path };
  const unpacked = await unpackedOnDisk();
  const body = join(folder.path, "body");
  await writeFile(body, Buffer.alloc(20_000_000, 7));

  /** The body and the status of an answer. */
  const curlOf =
    ({ url }: RunningSidecar) =>
    async (path: string, ...args: readonly string[]): Promise<readonly [number, string]> => {
      const known = ["--silent", "--show-error", "--cacert", roots, "-w", "\n%{http_code}"];
      const shown = args.includes("--anonymous") ? [] : ["-H", `authorization: Bearer ${token}`];
      const given = args.filter((argument) => argument !== "--anonymous");
      const { stdout } = await run("curl", [...known, ...shown, ...given, `${url}${path}`]);
      const end = stdout.lastIndexOf("\n");
      return [Number(stdout.slice(end + 1)), stdout.slice(0, end)];
    };
  const json = ["-H", "content-type: application/json", "-d", "[1, 2.5]"];
  /** Ready is what `/ping` says; a worker may come a little later. */
  const predicts = (curl: ReturnType<typeof curlOf>, sidecar: RunningSidecar): Promise<readonly [number, string]> =>
    until(
      async () => {
        const answer = await curl("/predictions/double", ...json);
        return answer[0] === 200 && answer;
      },
      () => `no prediction\n${sidecar.log()}`,
      slow,
    );

  await t.test("predictions pass, management does not, and what it unpacks stays in memory", async () => {
    await using sidecar = await startSidecar(folder, around, command);
    const curl = curlOf(sidecar);
    assert.deepEqual(JSON.parse((await predicts(curl, sidecar))[1]), [2, 5]);
    for (const version of ["--http1.1", "--http2"]) {
      assert.deepEqual(JSON.parse((await curl("/predictions/double/1.0", version, ...json))[1]), [2, 5]);
      const large = ["-H", "content-type: application/octet-stream", "--data-binary", `@${body}`];
      assert.deepEqual(await curl("/predictions/double", version, ...large), [200, "20000000"]);
      assert.deepEqual(await curl("/predictions/double", version, "-F", `data=@${body}`), [200, "20000000"]);
    }
    assert.equal(JSON.parse((await curl("/ping"))[1]).status, "Healthy");
    assert.match((await curl("/predictions/nothing", ...json))[1], /ModelNotFoundException/);
    assert.equal((await curl("/predictions/double", "--anonymous", ...json))[0], 401);
    for (const [path, ...args] of [
      ["/models"],
      ["/models/double", "-X", "DELETE"],
      ["/models?url=http://elsewhere/x.mar", "-X", "POST"],
      ["/metrics"],
    ] as const) {
      const [status, text] = await curl(path, ...args);
      assert.deepEqual([status, /management/.test(text)], [403, true], path);
    }
    assert.equal((await curl("/predictions/../models", "--path-as-is"))[0], 404);
    assert.deepEqual(await unpackedOnDisk(), unpacked);
    await stop(sidecar.process);
    assert.equal(sidecar.process.exitCode, 0, sidecar.log());
    assert.deepEqual(await memory.folders(), []);
    await assert.rejects(fetch(`${upstream}/ping`));
  });

  await t.test(
    "where management is let through, workers can be added; a sidecar that is killed leaves nothing",
    async () => {
      await using sidecar = await startSidecar(folder, { ...around, management: true }, command);
      const curl = curlOf(sidecar);
      await predicts(curl, sidecar);
      assert.equal(JSON.parse((await curl("/models"))[1]).models[0].modelName, "double");
      const [scaled] = await curl("/models/double?min_worker=2&synchronous=true", "-X", "PUT");
      assert.equal(scaled, 200);
      const [described] = JSON.parse((await curl("/models/double"))[1]);
      assert.equal(described.workers.length, 2);
      const pids = described.workers.map(({ pid }: { readonly pid: number }) => pid);
      for (const pid of pids) assert.match(await readFile(`/proc/${pid}/cmdline`, "utf8"), /model_service_worker/);
      sidecar.process.kill("SIGKILL");
      await once(sidecar.process, "exit");
      await until(async () => (await memory.folders()).length === 0);
      // Ended, if nobody took note of it yet.
      for (const pid of pids) assert.equal(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""), "");
      await assert.rejects(fetch(`${upstream}/ping`));
    },
  );
});

/** Where Java unpacks archives unless it is told otherwise. */
async function unpackedOnDisk(): Promise<readonly string[]> {
  return readdir("/tmp/models").catch(() => []);
}
