// A process that somebody has accepted.
import type { ProcessStart } from "../proving/prove-process.node.ts";
import type { IdentitiesFor } from "./identities-for.node.ts";

export interface TrustedProcess {
  readonly start: ProcessStart;
  readonly identitiesFor: IdentitiesFor;
}
