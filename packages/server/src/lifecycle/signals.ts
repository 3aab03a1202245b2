// The signals that end a process: the first asks it to stop, the second makes it.
import { constants } from "node:os";

export type SignalName = "SIGINT" | "SIGTERM";

const names: readonly SignalName[] = ["SIGINT", "SIGTERM"];

/** As `process` has it. */
export interface SignalSource {
  on(signal: SignalName, listener: () => void): unknown;
  off(signal: SignalName, listener: () => void): unknown;
}

export interface SignalListeners {
  first(name: SignalName): void;
  /** `exitCode`: 128 and the signal's number, as shells tell it. */
  second(name: SignalName, exitCode: number): void;
}

/** Listens until disposed; then signals have their usual effect again. */
export function listenForSignals(source: SignalSource, { first, second }: SignalListeners): Disposable {
  let asked = false;
  const listeners = names.map((name) => {
    const listener = () => {
      if (asked) second(name, 128 + constants.signals[name]);
      else first(name);
      asked = true;
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    [Symbol.dispose]() {
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}
