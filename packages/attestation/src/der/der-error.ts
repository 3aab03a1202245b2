// DER that is not DER, or not what it must be at this place.
import { CodedError } from "@sealserve/primitives";

/** Whoever reads DER turns this into an error of its own room. */
export class DerError extends CodedError<"malformed-der", { readonly at: number; readonly problem: string }> {
  constructor(at: number, problem: string) {
    super("malformed-der", `DER at offset ${at}: ${problem}`, { at, problem });
    this.name = "DerError";
  }
}
