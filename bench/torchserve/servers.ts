// TorchServe and Sealserve as their users start them, each over its store, with their logs in files.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { realCommand, writeProperties } from "../../conformance/fixtures/real-torchserve.ts";
import type { RealToolchain } from "../../conformance/fixtures/torchserve-toolchain.ts";
import { startSealserve } from "../started-process.ts";

export interface Server extends AsyncDisposable {
  /** Where predictions are asked for. */
  readonly port: number;
}

/** TorchServe 0.12 as it is, but for its addresses, its authorization, and its metrics of the machine. */
export async function startTorchserve(folder: string, store: string, tools: RealToolchain): Promise<Server> {
  const properties = {
    // As Java and Netty are by themselves.
    ...{ vmargs: "", number_of_netty_threads: "0", netty_client_threads: "0" },
    ...{ disable_system_metrics: "true", disable_token_authorization: "true", load_models: "all" },
  };
  const { path, urls } = await writeProperties(folder, properties);
  const { command, environment } = realCommand(tools);
  const [program, ...args] = command;
  // Its mark that it runs, and its sockets.
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  await using log = await open(join(folder, "console.log"), "w");
  const child = spawn(
    program,
    [...args, "--start", "--foreground", "--ncs", "--ts-config", path, "--model-store", store],
    // Its Java and its workers are of its group, so that they end with it.
    {
      cwd: folder,
      env: { ...environment, TEMP: temporary, TMPDIR: temporary },
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
    },
  );
  const end = (): void => {
    // Nobody of the group may be left.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", end);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  return {
    port: Number(new URL(urls.inference).port),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      end();
      await once(child, "exit");
      process.off("exit", end);
    },
  };
}

/** `sealserve serve`, with the same Python and the same variables. */
export async function startOurs(store: string, tools: RealToolchain): Promise<Server> {
  const env = { ...process.env, ...tools.environment, SEALSERVE_PYTHON: tools.python };
  const server = await startSealserve(store, [], { env, detached: true });
  const port = Number(new URL(Object(server.line["listeners"])["torchserve.inference"]).port);
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Resolves once the model answers, within two minutes. */
export async function answering({ port }: Server, model: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const end = performance.now() + 120_000;
  for (;;) {
    try {
      const headers = { "content-type": "application/octet-stream" };
      const answer = await fetch(`http://127.0.0.1:${port}/predictions/${model}`, { method: "POST", headers, body });
      const text = await answer.text();
      if (answer.status === 200) return text;
      if (performance.now() > end) throw new Error(`${model} answers ${answer.status}: ${text}`);
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await wait(250);
  }
}
