// One model store served twice: by `serve`, and by a frontend in front of a backend over mutual TLS.
import { join } from "node:path";
import { after, before } from "node:test";
import { meshFiles } from "../fixtures/mesh-files.ts";
import { onFreePorts, startProcess } from "./running-processes.ts";
import { listenerNames, type RunningServer, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

export interface BothWays {
  readonly store: TemporaryFolder;
  readonly together: Pick<RunningServer, "url">;
  readonly apart: Pick<RunningServer, "url">;
}

export interface BothWaysOptions {
  /** Flags of `serve` and of the backend. */
  readonly args: readonly string[];
  /** Flags of `serve` and of the frontend. */
  readonly frontendArgs?: readonly string[];
  /** Puts the models into the folder `models` of the store. */
  write(store: TemporaryFolder): Promise<unknown>;
}

/** Call it at the top of a test file; all run from before the first test until after the last. */
export function servedBothWays(options: BothWaysOptions): () => BothWays {
  const stack = new AsyncDisposableStack();
  let running: BothWays | null = null;
  before(async () => {
    running = await start(options, stack);
  });
  after(() => stack.disposeAsync());
  return () => {
    if (running === null) throw new Error("the servers run only while tests do");
    return running;
  };
}

async function start(
  { args, frontendArgs = [], write }: BothWaysOptions,
  stack: AsyncDisposableStack,
): Promise<BothWays> {
  const store = stack.use(await temporaryFolder());
  await write(store);
  const models = ["--model-store", join(store.path, "models"), ...args];
  const serving = startServer([...models, ...frontendArgs]);
  const meshOf = await meshFiles(store.path);
  const member = async (role: string, more: object) =>
    store.write(`${role}.yaml`, JSON.stringify({ mesh: await meshOf(role), drainDelay: 0, ...more }));
  const backend = stack.use(
    startProcess(["backend", "--config", await member("backend", {}), ...models, ...onFreePorts.backend]),
  );
  const addresses = [(await backend.ready).listeners["backend"]];
  const config = await member("frontend", { backends: { addresses }, state: join(store.path, "state.sqlite") });
  const frontend = stack.use(startProcess(["frontend", "--config", config, ...frontendArgs, ...onFreePorts.frontend]));
  const { listeners } = await frontend.ready;
  return {
    store,
    together: stack.use(await serving),
    apart: { url: (listener, path) => `${listeners[listenerNames[listener]]}${path}` },
  };
}
