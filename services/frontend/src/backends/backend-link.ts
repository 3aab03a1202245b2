// One backend as a frontend sees it, whatever the wire between them is.
import type { DesiredState, InferenceService } from "@sealserve/inference";
import type { BackendModelMetrics, BackendReport, FetchAnswer } from "@sealserve/protocols/mesh";

export type { BackendReport, ReportedModel } from "@sealserve/protocols/mesh";

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
  /** What the code of its models has told; null where it tells nothing of the kind. Throws as `report` does. */
  modelMetrics(signal: AbortSignal): Promise<BackendModelMetrics | null>;
  /** Has it fetch what the URL names. Throws as `report` does. */
  fetch(url: string, signal: AbortSignal): Promise<FetchAnswer>;
  /** Gives it the desired state; one that is older than what it has is passed over. Throws as `report` does. */
  apply(state: DesiredState, signal: AbortSignal): Promise<void>;
}

/** Opens the link to a backend; sends nothing yet. */
export type OpenLink = (url: string) => BackendLink;
