// What the protocols of a frontend need of the process around them.
import type { InferenceService } from "@sealserve/inference";
import { type BearerToken, type ListenAddress, spotOf } from "@sealserve/server";
import type { Clock, VersionStatistics } from "@sealserve/serving";
import type { ManagedModels } from "./managed-models.ts";
import { type ManagementSettings, takesChanges } from "./management/management-gate.ts";
import type { ServingMetrics } from "./metrics/serving-metrics.ts";
import type { ServedModel } from "./served-model.ts";
import type { TorchserveTokens } from "./torchserve/open-tokens.ts";

export interface ProtocolParts {
  readonly service: InferenceService;
  /** Whether the process as a whole may take requests. */
  ready(): boolean;
  /** Of all versions, or of one model's. */
  statistics(model?: string): readonly VersionStatistics[];
  served(model: string, version: string): ServedModel | null;
  readonly metrics: ServingMetrics;
  readonly changes?: ManagedModels;
  readonly clock: Pick<Clock, "epoch" | "setTimer">;
  /** Whoever shows it may change models; null: there is none. */
  readonly token: BearerToken | null;
  /** Of TorchServe's; null: its calls need none. */
  readonly tokens: Pick<TorchserveTokens, "authorize" | "renewToken"> | null;
  /** The program's version. */
  readonly version: string;
}

/** Whether calls that come in `at` this address may change models at all. Throws `ManagementStartError`. */
export function changesTaken(at: ListenAddress, host: string, settings: ManagementSettings): boolean {
  const spot = spotOf(at, host);
  // To a socket in the file system nobody comes from outside.
  return spot !== null && takesChanges(spot.path === undefined ? spot.host : "127.0.0.1", settings);
}
