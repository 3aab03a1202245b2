// How the client half of a protocol reaches its server: one request, one answer, whatever the connection beneath.
import type { HttpAnswer, HttpRequest } from "@sealserve/protocols";

export interface Exchange {
  /** Of the server that is asked, such as `https://10.0.0.7:9000`. */
  readonly origin: string;
  /**
   * The answer, whatever its status, its body read whole. Throws `InferenceError`: `cancelled` where `signal` aborted, `too-large`, and
   * `unreachable` where nobody answers.
   */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>;
}
