// Where a frontend's process keeps the desired state.
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { FrontendProcessConfig } from "./process-config.ts";
import { type DesiredStateStore, memoryStateStore, openStateStore } from "./state/index.ts";

/** All frontends that keep no state say the same: nothing, so that backends load what their stores and configurations say. */
const nothingSaid = "nothing-said";

/** Throws `DatabaseError` where the database cannot be used at the start. */
export async function openState(
  { state }: Pick<FrontendProcessConfig, "state">,
  parts: { readonly clock: Clock; readonly logger: Logger },
): Promise<DesiredStateStore> {
  if (state === null) return memoryStateStore({ newEpoch: () => nothingSaid });
  return openStateStore({ location: state }, { ...parts, newEpoch: () => crypto.randomUUID() });
}
