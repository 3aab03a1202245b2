// Two sidecars behind a load balancer are restarted in turn under load, as an upgrade does, and no request is lost.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { ClientHost } from "../fixtures/client-host.ts";
import { freePort } from "../fixtures/free-port.ts";
import { type RunningProcess, startProcess } from "./running-processes.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Takes a while for each answer, so that there is always something in flight. */
const server = `
require("node:http").createServer((request, response) => {
  request.resume().on("end", () => setTimeout(() => response.end("answered"), request.url === "/" ? 0 : 40));
}).listen(Number(process.argv[1]), "127.0.0.1");
`;

/** Milliseconds: longer than the load balancer takes to look at both. */
const drainDelay = 1_000;

test("sidecars are restarted in turn under load: no request fails, and each ends in good order", async (t) => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const sidecars = await Promise.all(
    ["one", "other"].map(async (name) => {
      const [port, upstream, operations] = await Promise.all([freePort(), freePort(), freePort()]);
      const config = {
        ...{ upstream: `http://127.0.0.1:${upstream}`, protocol: "any", readinessPath: "/", port, drainDelay },
        operations: { port: operations },
      };
      const file = await folder.write(`${name}.json`, JSON.stringify(config));
      const command = ["--", process.execPath, "-e", server, String(upstream)];
      return {
        target: {
          name,
          url: `https://127.0.0.1:${port}/predict`,
          health: `http://127.0.0.1:${operations}/readyz`,
        },
        start: async (): Promise<RunningProcess> => {
          const started = stack.use(startProcess(["sidecar", "--config", file, ...command]));
          await started.ready;
          return started;
        },
      };
    }),
  );
  const running = await Promise.all(sidecars.map(({ start }) => start()));
  const client = stack.use(
    new ClientHost(([program = "", ...args]) => spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] })),
  );
  await client.begin({
    ...{ targets: sidecars.map(({ target }) => target), loops: 4, balanced: true, pause: 5, expected: "answered" },
    question: { method: "POST", body: "a request", timeout: 5_000 },
  });
  for (const [i, { start }] of sidecars.entries()) {
    await wait(500);
    running[i]?.process.kill("SIGTERM");
    assert.equal(await running[i]?.ended(), 0, running[i]?.log());
    await start();
  }
  await wait(500);
  const { times, failures } = await client.end();
  assert.deepEqual(failures, []);
  for (const { target } of sidecars) {
    const answered = times[target.name]?.length ?? 0;
    t.diagnostic(`${target.name} answered ${answered} requests`);
    assert.ok(answered > 20, `${target.name} answered ${answered}`);
  }
});
