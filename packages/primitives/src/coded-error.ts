// The base of every typed error: a code from a closed list, the facts of the case, and a cause.

/** An error that a program can act on: `code` is from a closed list, `facts` are the exact values of this case. */
export abstract class CodedError<Code extends string, Facts extends object = object> extends Error {
  readonly code: Code;
  readonly facts: Facts;

  constructor(code: Code, message: string, facts: Facts, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** The sentence of any thrown value, without its stack. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
