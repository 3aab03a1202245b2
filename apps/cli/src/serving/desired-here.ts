// The desired state of `serve`: kept in this process or a database, and followed by the backend beside it.
import type { Backend } from "@sealserve/backend";
import { type AskNodes, type DesiredStateStore, memoryStateStore, openStateStore } from "@sealserve/frontend";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { ServeConfig } from "../serve-config.ts";

/** Throws `DatabaseError`. */
export async function openState(
  { state }: Pick<ServeConfig, "state">,
  parts: { readonly clock: Clock; readonly logger: Logger },
): Promise<DesiredStateStore> {
  const newEpoch = (): string => crypto.randomUUID();
  if (state === null) return memoryStateStore({ newEpoch });
  return openStateStore({ location: state }, { ...parts, newEpoch });
}

/** Brings the backend to each state that the store comes to; what could not be taken is taken with the next question. */
export function follow(store: DesiredStateStore, backend: Backend, logger: Logger): Disposable {
  return store.onChange((state) => {
    backend.apply(state).catch((error: unknown) => logger.warn("the desired state waits", { error }));
  });
}

/** The one node that there is. */
export function thisProcess(store: DesiredStateStore, backend: Backend): AskNodes {
  return async ({ lookFirst = false } = {}) => {
    await backend.apply(store.current);
    if (lookFirst) await backend.look();
    return [
      {
        where: "this process",
        desired: backend.desired,
        models: await backend.service.list(),
        stored: backend.stored(),
        workflows: backend.workflows(),
      },
    ];
  };
}
