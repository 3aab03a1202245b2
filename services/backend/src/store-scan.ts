// Looks at the model store: of each model the versions that ought to serve, and all that there are.
import { join, relative, sep } from "node:path";
import {
  createStoreScan,
  createWorkflowScan,
  type OpenableModel,
  type ScannedModel,
  type SealedOpener,
} from "@sealserve/engines";
import { functionVersion, type StoredVersion, type StoredWorkflow } from "@sealserve/inference";
import type { Logger } from "@sealserve/server";
import type { Clock, Manager, Version } from "@sealserve/serving";
import type { DesiredModels } from "./desired/desired-models.ts";
import { SourcedVersions } from "./desired/sourced-versions.ts";
import type { FailedVersions } from "./failed-versions.ts";
import type { FetchedModels } from "./fetching/fetched-models.ts";
import type { StoredItem } from "./stored-item.ts";

export interface StoreScanOptions {
  readonly modelStore: string;
  /** Null: the model store. */
  readonly workflowStore: string | null;
  /** Of the only model there; null: each has its own. */
  readonly modelName: string | null;
  /** Where nothing is loaded untold, entries that hold the same version do no harm: calls name the entry that they mean. */
  readonly modelControl: "poll" | "explicit";
  /** Evidence names what is loaded: then nothing but the archive says which handler runs. */
  readonly measured: boolean;
}

export interface StoreScanParts {
  readonly manager: Manager;
  readonly failed: FailedVersions;
  readonly desired: DesiredModels;
  readonly logger: Logger;
  readonly clock: Pick<Clock, "epoch" | "now">;
  /** What lies beside the store; left out: nothing is fetched here. */
  readonly fetched?: FetchedModels;
  readonly sealed?: SealedOpener;
  /** Of workflow archives, to see what is in them: what is loaded does not change by that. */
  readonly sealedSpecs?: SealedOpener;
}

export class StoreScan {
  readonly #modelStore: string;
  readonly #parts: StoreScanParts;
  readonly #scan: ReturnType<typeof createStoreScan>;
  readonly #scanWorkflows: ReturnType<typeof createWorkflowScan>;
  readonly #sourced: SourcedVersions;
  #stored: readonly StoredVersion[] = [];
  #workflows: readonly StoredWorkflow[] = [];
  /** Models of which something was left out that comes back with the next look. */
  #returning = false;

  constructor(options: StoreScanOptions, parts: StoreScanParts) {
    const { modelStore, workflowStore, modelName, modelControl, measured } = options;
    const { logger, sealed, sealedSpecs, clock } = parts;
    this.#modelStore = modelStore;
    this.#parts = parts;
    this.#sourced = new SourcedVersions({ ownHandlersOnly: measured }, parts);
    this.#scanWorkflows = createWorkflowScan(workflowStore ?? modelStore, {
      ...(sealed ? { sealed } : {}),
      ...(sealedSpecs && { sealedSpecs }),
      now: () => clock.now(),
    });
    this.#scan = createStoreScan(modelStore, {
      ...(sealed ? { sealed } : {}),
      ...(modelName === null ? {} : { modelName }),
      ...(modelControl === "explicit" ? { duplicates: "by-entry" } : {}),
      onProblem: (problem) => logger.info("passed over in the model store", { ...problem }),
    });
  }

  /** By model name, then oldest first; as the last scan found it. */
  get stored(): readonly StoredVersion[] {
    return this.#stored;
  }

  /** Workflow archives by name; as the last scan found them. */
  get workflows(): readonly StoredWorkflow[] {
    return this.#workflows;
  }

  /** Whether the last scan left out a version whose source is another one now, so that the next loads it anew. */
  get isReturning(): boolean {
    return this.#returning;
  }

  async scan(): Promise<ReadonlyMap<string, readonly Version<OpenableModel>[]>> {
    const { manager, failed, desired } = this.#parts;
    const aspired = new Map<string, readonly Version<OpenableModel>[]>();
    const scanned = await this.#scan();
    const items = [...scanned].flatMap(([name, model]) => this.#itemsOf(name, model));
    const workflows = await this.#scanWorkflows();
    const functions = workflows.map(({ stored: { entry }, functions: item }): StoredItem => {
      return { name: entry, version: functionVersion, entry, item };
    });
    // What calls had fetched into the store, before this process began too, is no model of its own accord.
    for (const { entry, url, digest } of desired.allSources()) {
      if (url !== undefined && digest === undefined) desired.hold(join(this.#modelStore, entry));
    }
    const statuses = manager.list();
    this.#returning = false;
    for (const [name, model] of this.#sourced.withSources(scanned, [
      ...items,
      ...functions,
      ...(await this.#fetched()),
    ])) {
      const known = statuses.filter((status) => status.name === name);
      const chosen = desired.choose(name, model);
      const steady = chosen.filter((version) => !this.#sourced.takeMoved(name, version));
      if (steady.length < chosen.length) this.#returning = true;
      aspired.set(name, await failed.leaveOutFailed(name, steady, known));
    }
    this.#workflows = workflows.map(({ stored }) => stored);
    this.#stored = items.map(({ name, version, entry, fault }) => ({ name, version, entry, ...(fault && { fault }) }));
    return aspired;
  }

  /** The first step of the way from the store to the model. */
  entryOf(location: string): string {
    return relative(this.#modelStore, location).split(sep)[0] ?? "";
  }

  async #fetched(): Promise<readonly StoredItem[]> {
    const { desired, fetched } = this.#parts;
    const digests = new Set([...desired.allSources()].flatMap(({ digest }) => digest ?? []));
    return (await Promise.all([...digests].map((digest) => fetched?.items(digest) ?? []))).flat();
  }

  #itemsOf(name: string, { versions, others = [] }: ScannedModel): StoredItem[] {
    return [...versions, ...others].map((each) => ({ name, ...each, entry: this.entryOf(each.item.location) }));
  }
}
