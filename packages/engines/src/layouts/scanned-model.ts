// What a look at the model store finds: the versions of each model, each ready to be opened.
import type { StoredFault } from "@sealserve/inference";
import type { ModelDefinition } from "../model-definition.ts";
import type { SealedOpener } from "./sealed-opener.ts";

/** What a version is called and how it is run in place of what its files say. */
export interface OpenedAs {
  readonly name?: string;
  /** Of a model archive only. */
  readonly handler?: string;
  /** Of a model archive only. */
  readonly runtime?: string;
}

/** A version that was found and not yet read. */
export interface OpenableModel {
  /** Where it lies, for messages. */
  readonly location: string;
  /** Reads its configuration. Throws `LayoutError` with the reason why it cannot be served. */
  open(signal: AbortSignal, as?: OpenedAs): Promise<ModelDefinition>;
  /** Changes when a file of the version does: tells whether a version that failed is worth another try. */
  stamp(): Promise<string>;
  /** It refuses every handler that is not its own, whatever it is opened as. */
  readonly ownHandlersOnly?: true;
}

export interface ScannedVersion {
  readonly version: string;
  readonly item: OpenableModel;
  /** Why it cannot be opened, where that is known. */
  readonly fault?: StoredFault;
}

/** Which versions the model's own configuration wants served (Triton, `ModelVersionPolicy`). */
export type ScannedPolicy =
  | { readonly kind: "latest"; readonly count: number }
  | { readonly kind: "all" }
  | { readonly kind: "specific"; readonly versions: readonly string[] };

export interface ScannedModel {
  /** Oldest first. */
  readonly versions: readonly ScannedVersion[];
  /** null: the model leaves it to the server. */
  readonly policy: ScannedPolicy | null;
  /** Versions that are there once more, in entries that come later by name; given only where duplicates are told apart by entry. */
  readonly others?: readonly ScannedVersion[];
}

/** Something in the store that is passed over, or a setting that has no effect here: worth a line in the log. */
export interface ScanProblem {
  readonly location: string;
  readonly problem: string;
}

export interface ScanParts {
  readonly onProblem: (problem: ScanProblem) => void;
  /** Left out: what lies sealed is listed, and its `open` says that there is no identity. */
  readonly sealed?: SealedOpener;
  /** What the store's one model is called, whatever its files are; it may also be the store's folder itself. Left out: there may be many. */
  readonly modelName?: string;
  /** Two entries with one version of one model: by their entries they can be told apart. Left out: the store is refused. */
  readonly duplicates?: "by-entry";
}
