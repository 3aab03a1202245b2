// A version as the store, or what was fetched beside it, has it.
import type { ScannedVersion } from "@sealserve/engines";
import type { StoredWorkflow } from "@sealserve/inference";

export interface StoredItem extends ScannedVersion {
  readonly name: string;
  /** Which holds it. */
  readonly entry: string;
  /** Of what was fetched beside the store: SHA-256 of its bytes. */
  readonly digest?: string;
  /** What a workflow archive says of itself; its functions are the item. */
  readonly workflow?: StoredWorkflow;
}
