// The desired state of a process that keeps it nowhere: it begins anew with each start.
import { checkedState } from "./checked-state.ts";
import type { DesiredStateStore } from "./desired-states.ts";
import { WatchedState } from "./watched-state.ts";

export interface MemoryStateParts {
  /** Names the states of one start, such as a random UUID. */
  newEpoch(): string;
}

export function memoryStateStore({ newEpoch }: MemoryStateParts): DesiredStateStore {
  const watched = new WatchedState({ epoch: newEpoch(), revision: 0, models: {} });
  return {
    get current() {
      return watched.current;
    },
    onChange: (listener) => watched.onChange(listener),
    async change(edit) {
      const { epoch, revision, models } = watched.current;
      watched.take(checkedState({ epoch, revision: revision + 1, models: edit(models) }));
      return watched.current;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
