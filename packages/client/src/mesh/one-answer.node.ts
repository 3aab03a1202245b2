// Gathers the answer to one request, and knows whether a byte of that request may have been sent.
import type { IncomingHttpHeaders } from "node:http";
import { InferenceError } from "@sealserve/inference";
import { CodedError, concatBytes, reasonOf } from "@sealserve/primitives";
import type { HttpAnswer } from "@sealserve/protocols";
import type { Dispatcher } from "undici";
import { joinedHeaders } from "./joined-headers.ts";

export class OneAnswer implements Dispatcher.DispatchHandler {
  readonly promise: Promise<HttpAnswer>;
  readonly #options: { readonly where: string; readonly maxAnswerBytes: number };
  readonly #signal: AbortSignal | undefined;
  readonly #settle: PromiseWithResolvers<HttpAnswer>;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #controller: Dispatcher.DispatchController | null = null;

  constructor(options: { readonly where: string; readonly maxAnswerBytes: number }, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#signal = signal;
    this.#settle = Promise.withResolvers();
    this.promise = this.#settle.promise;
    signal?.addEventListener("abort", this.#abort);
  }

  /** Called right before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#signal?.aborted) controller.abort(new Error("cancelled before it was sent"));
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = joinedHeaders(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const { maxAnswerBytes: limit } = this.#options;
    this.#length += chunk.length;
    if (this.#length <= limit) this.#chunks.push(chunk);
    else controller.abort(new InferenceError("too-large", { what: "the answer", limit, found: null }));
  }

  onResponseEnd(): void {
    this.#signal?.removeEventListener("abort", this.#abort);
    const [first = new Uint8Array(0), ...others] = this.#chunks;
    const body = others.length === 0 ? first : concatBytes(this.#chunks);
    this.#settle.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#settle.reject(this.#failure(error));
  }

  /** A request that is not sent yet is given up where it would be. */
  readonly #abort = (): void => this.#controller?.abort(new Error("cancelled"));

  #failure(error: Error): Error {
    if (error instanceof CodedError) return error;
    if (this.#signal?.aborted) return new InferenceError("cancelled", {}, error);
    const { where } = this.#options;
    const started = this.#controller !== null;
    return new InferenceError("unreachable", { where, reason: `does not answer: ${reasonOf(error)}`, started }, error);
  }
}
