// One request of a route's client half over fetch: sent, answered, its body read whole or as it comes.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, CodedError } from "@sealserve/primitives";
import type { HttpAnswer, HttpRequest } from "@sealserve/protocols";
import { fetchFailure, readLimited } from "./read-limited.ts";
import type { StreamedAnswer, StreamingExchange } from "./streamed-answer.ts";

export interface ExchangeOptions {
  /** Scheme, host and port of the server, without a path. */
  readonly url: URL;
  /** Largest answer that is read, in bytes. */
  readonly maxAnswerBytes: number;
}

/** Sends requests of a protocol's table to one server. */
export class HttpExchange implements StreamingExchange {
  readonly #options: ExchangeOptions;
  readonly #fetch: typeof fetch;

  constructor(options: ExchangeOptions, parts: { readonly fetch: typeof fetch }) {
    this.#options = options;
    this.#fetch = parts.fetch;
  }

  get origin(): string {
    return this.#options.url.origin;
  }

  /**
   * The answer, whatever its status. A coded error of `fetch`, such as that of an attested one, is passed on as it is. Throws `cancelled` where `signal` aborted, `unreachable` where nobody answers, and `too-large`. A redirect is refused: the server that was chosen answers, or nobody does.
   */
  async send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    try {
      const response = await this.#ask(request, signal);
      return { ...headOf(response), body: await readLimited(response, this.#options.maxAnswerBytes) };
    } catch (error) {
      throw this.#failure(error, { reason: fetchFailure(error), started: !neverConnected(error) }, signal);
    }
  }

  /** Throws as `send` does, but for `too-large`. Whoever stops reading the body gives the request up. */
  async stream(request: HttpRequest, signal?: AbortSignal): Promise<StreamedAnswer> {
    try {
      const response = await this.#ask(request, signal);
      return { ...headOf(response), body: this.#pieces(response, signal) };
    } catch (error) {
      throw this.#failure(error, { reason: fetchFailure(error), started: !neverConnected(error) }, signal);
    }
  }

  #ask(request: HttpRequest, signal: AbortSignal | undefined): Promise<Response> {
    return this.#fetch(new URL(request.path + (request.query && `?${request.query}`), this.#options.url), {
      method: request.method,
      headers: headersOf(request),
      redirect: "error",
      ...(request.method === "GET" ? {} : { body: new Uint8Array(request.body) }),
      ...(signal ? { signal } : {}),
    });
  }

  async *#pieces({ body }: Response, signal: AbortSignal | undefined): AsyncGenerator<Bytes> {
    try {
      for await (const piece of body ?? []) yield piece;
    } catch (error) {
      throw this.#failure(error, { reason: fetchFailure(error, "breaks off"), started: true }, signal);
    }
  }

  #failure(error: unknown, why: { readonly reason: string; readonly started: boolean }, signal?: AbortSignal): Error {
    if (error instanceof CodedError) return error;
    if (signal?.aborted) return new InferenceError("cancelled", {}, error);
    return new InferenceError("unreachable", { where: this.origin, ...why }, error);
  }
}

function headOf({ status, headers }: Response): Omit<HttpAnswer, "body"> {
  return { status, headers: Object.fromEntries(headers) };
}

function headersOf(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers[name] = value;
  return headers;
}

const beforeConnection: readonly unknown[] = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];

/** fetch does not tell what it has sent; of these it is sure that there was no connection. */
function neverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && "code" in cause && beforeConnection.includes(cause.code);
}
