// The answer to one request as it comes, no faster than it is read.
import type { IncomingHttpHeaders } from "node:http";
import { InferenceError } from "@sealserve/inference";
import { type Bytes, reasonOf } from "@sealserve/primitives";
import type { Dispatcher } from "undici";
import type { StreamedAnswer } from "../streamed-answer.ts";
import { joinedHeaders } from "./joined-headers.ts";

/** Bytes that may wait to be read before the connection is told to wait. */
const enough = 1024 * 1024;

export class FlowingAnswer implements Dispatcher.DispatchHandler {
  readonly head: Promise<StreamedAnswer>;
  /** Fulfilled when nothing more of it comes. */
  readonly over: Promise<void>;
  readonly #where: string;
  readonly #signal: AbortSignal;
  readonly #begin: PromiseWithResolvers<StreamedAnswer>;
  readonly #end: PromiseWithResolvers<void>;
  readonly #chunks: Bytes[] = [];
  #waiting = 0;
  #wake: (() => void) | null = null;
  #failure: Error | null = null;
  #ended = false;
  #controller: Dispatcher.DispatchController | null = null;

  constructor({ where }: { readonly where: string }, signal: AbortSignal) {
    this.#where = where;
    this.#signal = signal;
    this.#begin = Promise.withResolvers();
    this.#end = Promise.withResolvers();
    this.head = this.#begin.promise;
    this.over = this.#end.promise;
    signal.addEventListener("abort", this.#abort);
  }

  /** Called right before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#signal.aborted) controller.abort(new Error("cancelled before it was sent"));
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#begin.resolve({ status, headers: joinedHeaders(headers), body: this.#body() });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting > enough) controller.pause();
    this.#wake?.();
  }

  onResponseEnd(): void {
    this.#finish(null);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#finish(this.#why(error));
  }

  readonly #abort = (): void => {
    this.#controller?.abort(new Error("cancelled"));
  };

  #finish(failure: Error | null): void {
    this.#signal.removeEventListener("abort", this.#abort);
    this.#ended = true;
    this.#failure = failure;
    if (failure) this.#begin.reject(failure);
    this.#end.resolve();
    this.#wake?.();
  }

  async *#body(): AsyncGenerator<Bytes> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#waiting -= chunk.length;
        if (this.#waiting <= enough) this.#controller?.resume();
        yield chunk;
      } else if (this.#failure) throw this.#failure;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #why(error: Error): Error {
    if (this.#signal.aborted) return new InferenceError("cancelled", {}, error);
    const started = this.#controller !== null;
    const reason = `does not answer: ${reasonOf(error)}`;
    return new InferenceError("unreachable", { where: this.#where, reason, started }, error);
  }
}
