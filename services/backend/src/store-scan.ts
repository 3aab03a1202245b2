// Looks at the model store: of each model the versions that ought to serve, and all that there are.
import { relative, sep } from "node:path";
import { createStoreScan, type OpenableModel, type SealedOpener } from "@sealserve/engines";
import type { StoredVersion } from "@sealserve/inference";
import type { Logger } from "@sealserve/server";
import type { Manager, Version } from "@sealserve/serving";
import type { DesiredModels } from "./desired/desired-models.ts";
import type { FailedVersions } from "./failed-versions.ts";

export interface StoreScanOptions {
  readonly modelStore: string;
  /** Of the only model there; null: each has its own. */
  readonly modelName: string | null;
}

export interface StoreScanParts {
  readonly manager: Manager;
  readonly failed: FailedVersions;
  readonly desired: DesiredModels;
  readonly logger: Logger;
  readonly sealed?: SealedOpener;
}

export class StoreScan {
  readonly #modelStore: string;
  readonly #parts: StoreScanParts;
  readonly #scan: ReturnType<typeof createStoreScan>;
  #stored: readonly StoredVersion[] = [];

  constructor({ modelStore, modelName }: StoreScanOptions, parts: StoreScanParts) {
    const { logger, sealed } = parts;
    this.#modelStore = modelStore;
    this.#parts = parts;
    this.#scan = createStoreScan(modelStore, {
      ...(sealed ? { sealed } : {}),
      ...(modelName === null ? {} : { modelName }),
      onProblem: (problem) => logger.info("passed over in the model store", { ...problem }),
    });
  }

  /** By model name, then oldest first; as the last scan found it. */
  get stored(): readonly StoredVersion[] {
    return this.#stored;
  }

  async scan(): Promise<ReadonlyMap<string, readonly Version<OpenableModel>[]>> {
    const { manager, failed, desired } = this.#parts;
    const aspired = new Map<string, readonly Version<OpenableModel>[]>();
    const stored: StoredVersion[] = [];
    const statuses = manager.list();
    for (const [name, model] of await this.#scan()) {
      for (const { version, item } of model.versions) stored.push({ name, version, entry: this.#entryOf(item) });
      const known = statuses.filter((status) => status.name === name);
      aspired.set(name, await failed.leaveOutFailed(name, desired.choose(name, model), known));
    }
    this.#stored = stored;
    return aspired;
  }

  /** The first step of the way from the store to the model. */
  #entryOf({ location }: OpenableModel): string {
    return relative(this.#modelStore, location).split(sep)[0] ?? "";
  }
}
