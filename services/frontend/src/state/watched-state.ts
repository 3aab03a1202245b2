// The newest state that is known, and those who want to hear of the next.
import type { DesiredState } from "@sealserve/inference";
import type { DesiredStates } from "./desired-states.ts";

export class WatchedState implements DesiredStates {
  readonly #listeners = new Set<(state: DesiredState) => void>();
  #current: DesiredState;

  constructor(current: DesiredState) {
    this.#current = current;
  }

  get current(): DesiredState {
    return this.#current;
  }

  onChange(listener: (state: DesiredState) => void): Disposable {
    // One of its own, so that a function that listens twice is told twice and ends one by one.
    const own = (state: DesiredState): void => listener(state);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => this.#listeners.delete(own) };
  }

  /** Passes over what is known already, or is older. */
  take(state: DesiredState): void {
    const { epoch, revision } = this.#current;
    if (state.epoch === epoch && state.revision <= revision) return;
    this.#current = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
