// The parts of a stream on their way to the server: never more than a few that it has not taken, so that none pile up between threads.

/** Parts on their way at once. */
const maxUntaken = 8;

export class PartialFlow {
  #untaken = 0;
  #wanted = true;
  #wake: () => void = () => undefined;

  /** One more is on its way. Fulfilled when another may follow, with whether anybody wants it. */
  async sent(): Promise<boolean> {
    this.#untaken++;
    while (this.#wanted && this.#untaken >= maxUntaken) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#wanted;
  }

  /** The server has taken one; `wanted`: somebody waits for more. */
  taken(wanted: boolean): void {
    this.#untaken--;
    this.#wanted &&= wanted;
    this.#wake();
  }
}
