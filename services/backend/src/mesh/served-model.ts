// What a backend tells of a version that it has loaded, beside its state.
import type { ModelDefinition, SchedulingOptions } from "@sealserve/engines";
import type { ServedModel, ServedSettings, ServedWorker } from "@sealserve/protocols/mesh";
import type { Backend } from "../backend.ts";
import { processMemory } from "./process-memory.ts";

type TellingBackend = Pick<Backend, "loaded" | "registered" | "statistics" | "wasLoadedAtStart">;

/** Null where it is not loaded. */
export function servedModel(backend: TellingBackend, model: string, version: string): ServedModel | null {
  const found = backend.loaded(model, version);
  if (!found) return null;
  const { definition, metadata, since } = found;
  const { url, runtime } = backend.registered(model, version, definition.location);
  const statistics = backend.statistics(model).find((each) => each.version === version);
  return {
    location: definition.location,
    url,
    engine: metadata.platform,
    runtime: runtime ?? runtimeOf(definition),
    kind: metadata.kind,
    instances: definition.instances,
    maxInstances: definition.maxInstances,
    maxBatchSize: metadata.maxBatchSize,
    maxQueueSize: definition.batching.maxQueueSize,
    maxQueueDelay: definition.batching.maxQueueDelay,
    responseTimeout: definition.responseTimeout,
    loadTimeout: definition.loadTimeout,
    since,
    loadedAtStart: backend.wasLoadedAtStart(found),
    workers: found.instances().map((worker): ServedWorker => {
      const { id, since: inState, state, pid } = worker;
      // What shares this process has no memory of its own that could be told.
      const memory = pid === null || pid === process.pid ? null : processMemory(pid);
      return { id, since: inState, state, pid, memory };
    }),
    waiting: statistics?.waiting ?? 0,
    settings: settingsOf(definition),
  };
}

function settingsOf({ scheduling, parallel, device, ...definition }: ModelDefinition): ServedSettings {
  const { retryTimeout, clientTimeout, useJobTicket, useVenv } = definition;
  return {
    ...{ retryTimeout, clientTimeout, useJobTicket, useVenv },
    parallel: parallel && { type: parallel.type, level: parallel.level },
    device: { type: device.type, ids: device.ids },
    continuous: scheduling.kind === "continuous" || (scheduling.kind === "sequences" && scheduling.continuous),
    sequences: sequencesOf(scheduling),
  };
}

function sequencesOf(scheduling: SchedulingOptions): ServedSettings["sequences"] {
  if (scheduling.kind !== "sequences") return null;
  const { maxSequences, maxQueueSize, idleTimeout, timeout } = scheduling;
  return { maxSequences, maxQueueSize, idleTimeout, timeout };
}

/** Python as the archive names it; whatever else there is runs in this program. */
function runtimeOf({ engine, manifest }: ModelDefinition): string {
  if (engine.kind !== "python") return "node";
  const { runtime } = Object(manifest) as { readonly runtime?: unknown };
  return typeof runtime === "string" ? runtime : "python";
}
