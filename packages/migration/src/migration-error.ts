// Why something that BigDL PPML or TorchServe left behind cannot be read.
import { CodedError } from "@sealserve/primitives";

export interface MigrationErrorFacts {
  /** No YAML, or no keys with values. */
  readonly "values-unreadable": { readonly problem: string };
  readonly "value-refused": { readonly key: string; readonly found: string; readonly allowed: string };
  /** A `$$NAME$$` of a variable that is not set. */
  readonly "variable-missing": { readonly key: string; readonly variable: string };
}

export type MigrationErrorCode = keyof MigrationErrorFacts;

const sentences: { readonly [C in MigrationErrorCode]: (facts: MigrationErrorFacts[C]) => string } = {
  "values-unreadable": (f) => `the old values cannot be read: ${f.problem}`,
  "value-refused": (f) => `${f.key} is ${f.found}: allowed is ${f.allowed}`,
  "variable-missing": (f) =>
    `${f.key} names the environment variable ${f.variable}, which is not set; set it, or write the value`,
};

export class MigrationError<C extends MigrationErrorCode = MigrationErrorCode> extends CodedError<
  C,
  MigrationErrorFacts[C]
> {
  constructor(code: C, facts: MigrationErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "MigrationError";
  }
}
