// Why models cannot have users of their own.
import { CodedError } from "@sealserve/primitives";

export interface ModelUsersErrorFacts {
  readonly "missing-capabilities": { readonly missing: readonly string[] };
  /** `own`: the server's. */
  readonly "own-user": { readonly from: number; readonly last: number; readonly own: number };
  /** A user namespace, as that of a container, that does not have them all. */
  readonly unmapped: { readonly from: number; readonly last: number; readonly map: string };
  readonly "no-linux": { readonly path: string };
}

export type ModelUsersErrorCode = keyof ModelUsersErrorFacts;

const sentences: { readonly [C in ModelUsersErrorCode]: (facts: ModelUsersErrorFacts[C]) => string } = {
  "missing-capabilities": (f) =>
    `python.users takes rights that this server does not have: ${f.missing.join(", ")}; start it as root, with these capabilities at least, or leave python.users out`,
  "own-user": (f) =>
    `python.users is ${f.from} to ${f.last}, which holds the server's own user ${f.own}: name numbers that nobody has`,
  unmapped: (f) =>
    `python.users is ${f.from} to ${f.last}, and this server's user namespace does not have all of them (${f.map}): name numbers that it has, or leave python.users out`,
  "no-linux": (f) => `python.users takes Linux, and ${f.path} cannot be read: leave python.users out`,
};

/** A fault of the configuration, or of how the server was started. */
export class ModelUsersError<C extends ModelUsersErrorCode = ModelUsersErrorCode> extends CodedError<
  C,
  ModelUsersErrorFacts[C]
> {
  constructor(code: C, facts: ModelUsersErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "ModelUsersError";
  }
}
