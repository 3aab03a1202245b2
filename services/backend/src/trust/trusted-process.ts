// A process that somebody has accepted.
import type { ProcessStart } from "@sealserve/client/proving";
import type { IdentitiesFor } from "../sealed/sealed-opener.ts";

export interface TrustedProcess {
  readonly start: ProcessStart;
  readonly identitiesFor: IdentitiesFor;
}
