// Sealed models: age files and sealed directories, in streams.
export type { Identity, Recipient, Stanza } from "./recipient.ts";
