// One backend as a frontend sees it, whatever the wire between them is.
import type { DesiredState, InferenceService, ModelStatus } from "@sealserve/inference";
import type { ServedModel } from "../served-model.ts";

/** What a backend says of itself when it is asked, about once a second. */
export interface BackendReport {
  /** Tells one start of the process from the next one. */
  readonly instance: string;
  /** False while it starts; requests go to ready ones only. */
  readonly ready: boolean;
  /** It finishes what it has and takes nothing new. */
  readonly draining: boolean;
  /** The desired state that it has taken; null where it has none, or is a server that knows none. */
  readonly desired: { readonly epoch: string; readonly revision: number } | null;
  readonly models: readonly ReportedModel[];
}

export interface ReportedModel extends ModelStatus {
  /** Whether it serves where a request names no version. */
  readonly isDefault: boolean;
  /** What management calls describe; null where the version is not loaded, or the backend does not tell. */
  readonly served: ServedModel | null;
  /** Merkle root of its files in hex; null where it is not measured. */
  readonly root: string | null;
}

/** Disposing closes its connections; requests in flight fail. */
export interface BackendLink extends AsyncDisposable {
  /** Its origin, such as `https://10.0.0.7:9000`. */
  readonly url: string;
  /**
   * Requests to it. Beside what the backend itself answers they throw `InferenceError` `unreachable`, whose fact `started` says whether the backend
   * may have begun with the request: only one that was not started may go to another backend.
   */
  readonly service: InferenceService;
  /** Throws `InferenceError` `unreachable`, also where its certificate is none of a backend of this mesh. */
  report(signal: AbortSignal): Promise<BackendReport>;
  /** Gives it the desired state; one that is older than what it has is passed over. Throws as `report` does. */
  apply(state: DesiredState, signal: AbortSignal): Promise<void>;
}

/** Opens the link to a backend; sends nothing yet. */
export type OpenLink = (url: string) => BackendLink;
