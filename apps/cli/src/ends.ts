// How an action hands its exit code to the program.

/** Puts the exit code that an act gives where the program finds it. */
export type Ends = <A extends readonly unknown[]>(
  act: (...args: A) => Promise<number>,
) => (...given: A) => Promise<void>;
