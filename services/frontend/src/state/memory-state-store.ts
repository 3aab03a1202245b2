// The desired state of a process that keeps it nowhere: it begins anew with each start.
import type { DesiredState } from "@sealserve/inference";
import { checkedState } from "./checked-state.ts";
import type { DesiredStateStore } from "./desired-states.ts";
import { WatchedState } from "./watched-state.ts";

export interface MemoryStateParts {
  /** Names the states of one start, such as a random UUID. */
  newEpoch(): string;
}

export function memoryStateStore({ newEpoch }: MemoryStateParts): DesiredStateStore {
  const watched = new WatchedState({ epoch: newEpoch(), revision: 0, models: {} });
  const changed = (said: Partial<DesiredState>): DesiredState => {
    const { current } = watched;
    watched.take(checkedState({ ...current, ...said, revision: current.revision + 1 }));
    return watched.current;
  };
  return {
    get current() {
      return watched.current;
    },
    onChange: (listener) => watched.onChange(listener),
    change: async (edit) => changed({ models: edit(watched.current.models) }),
    changeWorkflows: async (edit) => changed({ workflows: edit(watched.current.workflows ?? {}) }),
    [Symbol.asyncDispose]: async () => {},
  };
}
