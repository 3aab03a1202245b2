// What a backend tells of a version beside its state.
import type { SchedulingOptions } from "@sealserve/engines";
import type { ModelMetadata } from "@sealserve/inference";
import type { ServedModel, ServedSettings, ServedWorker } from "@sealserve/protocols/mesh";
import type { Backend } from "../backend.ts";
import type { DefinedModel } from "../loaded-models.ts";
import { processMemory } from "./process-memory.ts";

type TellingBackend = Pick<Backend, "loaded" | "opened" | "registered" | "statistics" | "wasLoadedAtStart">;

/** Without workers where it does not serve; null where it was never opened. */
export function servedModel(backend: TellingBackend, model: string, version: string): ServedModel | null {
  const loaded = backend.loaded(model, version);
  const found = loaded ?? backend.opened(model, version);
  if (!found) return null;
  const { definition, since } = found;
  const { platform, kind, maxBatchSize } = loaded?.metadata ?? expected(definition);
  const { url, runtime } = backend.registered(model, version, definition.location);
  const statistics = backend.statistics(model).find((each) => each.version === version);
  return {
    location: definition.location,
    url,
    engine: platform,
    runtime: runtime ?? runtimeOf(definition),
    kind,
    instances: definition.instances,
    maxInstances: definition.maxInstances,
    maxBatchSize,
    maxQueueSize: definition.batching.maxQueueSize,
    maxQueueDelay: definition.batching.maxQueueDelay,
    responseTimeout: definition.responseTimeout,
    loadTimeout: definition.loadTimeout,
    since,
    loadedAtStart: backend.wasLoadedAtStart(found),
    workers: (loaded?.instances() ?? []).map((worker): ServedWorker => {
      const { id, since: inState, state, pid } = worker;
      // What shares this process has no memory of its own that could be told.
      const memory = pid === null || pid === process.pid ? null : processMemory(pid);
      return { id, since: inState, state, pid, memory };
    }),
    waiting: statistics?.waiting ?? 0,
    settings: settingsOf(definition),
  };
}

/** As much of the metadata as a definition tells, where no engine could. */
function expected({
  engine,
  platform,
  maxBatchSize,
}: DefinedModel): Pick<ModelMetadata, "platform" | "kind" | "maxBatchSize"> {
  const kind = engine.kind === "python" || engine.kind === "handler" ? "fields" : "tensors";
  return { platform: platform ?? engine.kind, kind, maxBatchSize: maxBatchSize ?? 0 };
}

function settingsOf({ scheduling, parallel, device, ...definition }: DefinedModel): ServedSettings {
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
function runtimeOf({ engine, manifest }: DefinedModel): string {
  if (engine.kind !== "python") return "node";
  const { runtime } = Object(manifest) as { readonly runtime?: unknown };
  return typeof runtime === "string" ? runtime : "python";
}
