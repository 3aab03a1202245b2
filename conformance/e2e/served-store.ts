// One started server with a model store of its own, for all tests of a file.
import { join } from "node:path";
import { after, before } from "node:test";
import { type RunningServer, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

export interface ServedStore {
  readonly server: RunningServer;
  readonly store: TemporaryFolder;
}

export interface ServedStoreOptions {
  /** Flags of `serve`; ports are free ones unless they say otherwise. */
  readonly args?: readonly string[];
  /** Where in the folder the model store lies; it is the folder itself if left out. */
  readonly folder?: string;
  /** Puts the models into the store. */
  write(store: TemporaryFolder): Promise<unknown>;
}

/** Call it at the top of a test file; the server runs from before the first test until after the last. */
export function servedStore({ args = [], folder = "", write }: ServedStoreOptions): ServedStore {
  const stack = new AsyncDisposableStack();
  let running: ServedStore | null = null;
  before(async () => {
    const store = stack.use(await temporaryFolder());
    await write(store);
    running = { store, server: stack.use(await startServer(["--model-store", join(store.path, folder), ...args])) };
  });
  after(() => stack.disposeAsync());
  const started = (): ServedStore => {
    if (running === null) throw new Error("the server runs only while tests do");
    return running;
  };
  return {
    get server() {
      return started().server;
    },
    get store() {
      return started().store;
    },
  };
}
