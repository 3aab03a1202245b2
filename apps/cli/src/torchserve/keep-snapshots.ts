// Writes a snapshot when a server has started, after each change of its models, and when it stops.
import type { ServedModel } from "@sealserve/frontend";
import type { DesiredModel, DesiredState } from "@sealserve/inference";
import { type StartupModel, snapshotText } from "@sealserve/migration";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { LiveModels } from "../serving/start-serving.ts";
import { type SnapshotKind, snapshotName, writeSnapshot } from "./snapshots.ts";

export interface KeepSnapshotsOptions {
  readonly folder: string;
  /** The config.properties that was read. */
  readonly text: string;
  /** Keys that something else than the file has set. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface KeepSnapshotsParts {
  readonly live: LiveModels;
  readonly clock: Pick<Clock, "epoch">;
  readonly logger: Logger;
}

/** One that cannot be written is told to the log. Disposing writes the last. */
export async function keepSnapshots(
  { folder, text, settings }: KeepSnapshotsOptions,
  { live, clock, logger }: KeepSnapshotsParts,
): Promise<AsyncDisposable> {
  let writing = Promise.resolve();
  let waiting = false;
  const write = async (kind: SnapshotKind): Promise<void> => {
    const created = clock.epoch();
    const name = snapshotName(kind, created);
    try {
      await writeSnapshot(folder, name, snapshotText(text, settings, { name, created, models: snapshotModels(live) }));
    } catch (error) {
      logger.warn("a snapshot cannot be written", { folder, error });
    }
  };
  // Changes that come while one is written are in the next.
  const following = live.states.onChange(() => {
    if (waiting) return;
    waiting = true;
    writing = writing.then(async () => {
      await live.settled();
      waiting = false;
      await write("snapshot");
    });
  });
  await write("startup");
  return {
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]();
      // What still loads is not waited for: what it shall be is known.
      await write("shutdown");
    },
  };
}

/** All that is registered, but for the nodes of workflows, which the original leaves out too. */
export function snapshotModels(
  live: Pick<LiveModels, "states" | "served" | "defaultVersion">,
): readonly StartupModel[] {
  const { models, workflows = {} } = live.states.current;
  const isNode = (model: string) => Object.keys(workflows).some((workflow) => model.startsWith(`${workflow}__`));
  return Object.entries(models).flatMap(([name, said]) =>
    said.loaded && !isNode(name) ? modelVersions(name, said, live) : [],
  );
}

function modelVersions(
  name: string,
  said: DesiredModel,
  { served, defaultVersion }: Pick<LiveModels, "served" | "defaultVersion">,
): readonly StartupModel[] {
  const standing = said.defaultVersion ?? defaultVersion(name);
  return (said.versions ?? []).flatMap((version): StartupModel[] => {
    const running = served(name, version);
    const { entry: marName = running?.url } = said.sources?.[version] ?? {};
    if (marName === undefined) return [];
    const facts = running ? factsOf(running) : settingsOf({ ...said, ...said.versionSettings?.[version] });
    return [{ name, version, defaultVersion: version === standing, marName, ...facts }];
  });
}

function factsOf(served: ServedModel): Omit<StartupModel, "name" | "version" | "defaultVersion" | "marName"> {
  const { parallel } = served.settings;
  return {
    minWorkers: served.instances,
    maxWorkers: served.maxInstances,
    batchSize: Number.isFinite(served.maxBatchSize) ? Math.max(1, served.maxBatchSize) : 1,
    maxBatchDelay: served.maxQueueDelay,
    responseTimeout: Math.round(served.responseTimeout / 1000),
    startupTimeout: Math.round(served.loadTimeout / 1000),
    runtimeType: served.runtime,
    ...(parallel && { parallelLevel: parallel.level }),
  };
}

/** Of a version that is not loaded, or not yet: as much as was said of it. */
function settingsOf(said: DesiredState["models"][string]): Partial<StartupModel> {
  const { instances, maxInstances, maxBatchSize, maxQueueDelay, responseTimeout, startupTimeout } = said;
  return {
    ...(instances !== undefined && { minWorkers: instances }),
    ...(maxInstances !== undefined && { maxWorkers: maxInstances }),
    ...(maxBatchSize !== undefined && { batchSize: maxBatchSize }),
    ...(maxQueueDelay !== undefined && { maxBatchDelay: maxQueueDelay }),
    ...(responseTimeout !== undefined && { responseTimeout: Math.round(responseTimeout / 1000) }),
    ...(startupTimeout !== undefined && { startupTimeout: Math.round(startupTimeout / 1000) }),
  };
}
