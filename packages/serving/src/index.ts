// The serving core: servables, loaders, sources, the manager and its handles, the batcher.
export type { BatchResult, BatchRunner } from "./batch-runner.ts";
export type { Loader, Resources } from "./loader.ts";
export type { Servable } from "./servable.ts";
export type { AspiredVersions, Source } from "./source.ts";
export type { BatchSizeStatistics, DurationTotal, FailureReason, VersionStatistics } from "./statistics-snapshot.ts";
export type { Version } from "./version.ts";
