// How a backend comes to a desired state: one after the other, never back to an older one.
import type { DesiredState } from "@sealserve/inference";

/** Which state it is. */
export interface StateMark {
  readonly epoch: string;
  readonly revision: number;
}

export interface StateTakingParts {
  /** Makes what it says the aim; throws where it cannot just now. */
  aim(state: DesiredState): Promise<void>;
  /** Fulfilled once what is loaded already is as it says. Does not throw. */
  settle(state: DesiredState): Promise<void>;
}

export class StateTaking {
  readonly #parts: StateTakingParts;
  #aimed: StateMark | null = null;
  #taken: StateMark | null = null;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: StateTakingParts) {
    this.#parts = parts;
  }

  /** The newest state to which the aims and all that is loaded have come; null: none. */
  get taken(): StateMark | null {
    return this.#taken;
  }

  /** Once, before anything is loaded. */
  begin({ epoch, revision }: StateMark): void {
    this.#aimed = { epoch, revision };
    this.#taken = this.#aimed;
  }

  /** Returns once the state is the aim; passes over one that is not newer. Throws what `aim` throws: then it may be given again. */
  take(state: DesiredState): Promise<void> {
    const taking = this.#working.then(() => this.#take(state));
    this.#working = taking.catch(() => {});
    return taking;
  }

  async #take(state: DesiredState): Promise<void> {
    if (!isNewer(state, this.#aimed)) return;
    await this.#parts.aim(state);
    const { epoch, revision } = state;
    const mark = { epoch, revision };
    this.#aimed = mark;
    void this.#parts.settle(state).then(() => {
      if (this.#aimed === mark) this.#taken = mark;
    });
  }
}

/** Of two states of one epoch the higher one is; another epoch always is. */
function isNewer(state: StateMark, known: StateMark | null): boolean {
  return known === null || state.epoch !== known.epoch || state.revision > known.revision;
}
