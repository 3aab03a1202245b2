// Why `predict --any` made no prediction, beyond what a model or a verifier says: the command ends with exit code 1.
import { CodedError } from "@sealserve/primitives";

export interface AnyModelFacts {
  /** What clients could ask is not there. */
  readonly "no-model": Readonly<Record<string, never>>;
  /** Only their owner knows what handlers take. */
  readonly "only-handlers": { readonly models: readonly string[] };
  /** `reason`: of the check that failed. */
  readonly "not-genuine": { readonly reason: string };
}

export type AnyModelErrorCode = keyof AnyModelFacts;

const sentences: { readonly [C in AnyModelErrorCode]: (facts: AnyModelFacts[C]) => string } = {
  "no-model": () => "the server has no model that is available: sealserve models says why",
  "only-handlers": ({ models }) =>
    `every model here has a handler, and only its owner knows what that takes: name one of ${models.join(", ")}, and its input`,
  "not-genuine": ({ reason }) => `nothing was sent, the server is not what --genuine asks for: ${reason}`,
};

export class AnyModelError<C extends AnyModelErrorCode = AnyModelErrorCode> extends CodedError<C, AnyModelFacts[C]> {
  constructor(code: C, facts: AnyModelFacts[C]) {
    super(code, sentences[code](facts), facts);
    this.name = "AnyModelError";
  }
}
