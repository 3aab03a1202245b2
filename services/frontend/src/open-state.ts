// Where a frontend's process keeps the desired state.
import { whenThere } from "@sealserve/database";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { FrontendProcessConfig } from "./process-config.ts";
import { awayBecause, type DesiredStateStore, memoryStateStore, openStateStore } from "./state/index.ts";

/** All frontends that keep no state say the same: nothing, so that backends load what their stores and configurations say. */
const nothingSaid = "nothing-said";

export interface OpenStateParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** Told why the state is not known yet. */
  onAway(reason: string): void;
}

/** Waits for a PostgreSQL that is away. Throws `DatabaseError` where the database cannot be used, and the reason of `stopping`. */
export async function openState(
  { state }: Pick<FrontendProcessConfig, "state">,
  parts: OpenStateParts,
): Promise<DesiredStateStore> {
  if (state === null) return memoryStateStore({ newEpoch: () => nothingSaid });
  const open = () => openStateStore({ location: state }, { ...parts, newEpoch: () => crypto.randomUUID() });
  return whenThere(open, { ...parts, onAway: (trouble) => parts.onAway(awayBecause(trouble)) });
}
