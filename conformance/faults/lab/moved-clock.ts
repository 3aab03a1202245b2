// A module that moves the clock of the program that imports it first, as a machine with a wrong clock would.

/** For Node's `--import`. `offset`: milliseconds ahead. What the TLS library sees by itself stays as it is. */
export function movedClock(offset: number): string {
  const source = `
    const TrueDate = Date;
    globalThis.Date = class Date extends TrueDate {
      constructor(...given) {
        if (given.length === 0) super(TrueDate.now() + ${offset});
        else super(...given);
      }
      static now() {
        return TrueDate.now() + ${offset};
      }
    };
  `;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
