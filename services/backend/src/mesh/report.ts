// What this backend says of itself to the frontends.
import type { BackendReport, ReportedModel } from "@sealserve/protocols/mesh";
import type { Backend } from "../backend.ts";
import { servedModel } from "./served-model.ts";

export interface ReportParts {
  /** Tells one start of the process from the next one. */
  readonly instance: string;
  readonly backend: Backend;
  readonly ready: () => boolean;
  readonly draining: () => boolean;
}

export async function reportOf({ instance, backend, ready, draining }: ReportParts): Promise<BackendReport> {
  const models = (await backend.service.list()).map((status): ReportedModel => {
    const { name, version } = status;
    return {
      ...status,
      isDefault: backend.defaultVersion(name) === version,
      served: servedModel(backend, name, version),
      root: backend.root(name, version),
    };
  });
  return {
    ...{ instance, models, desired: backend.desired, stored: backend.stored() },
    workflows: backend.workflows(),
    ready: ready() && !draining(),
    draining: draining(),
  };
}
