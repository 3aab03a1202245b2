// One request of a route's client half over fetch: sent, answered, its body read whole.
import { InferenceError } from "@sealserve/inference";
import { CodedError } from "@sealserve/primitives";
import type { HttpAnswer, HttpRequest } from "@sealserve/protocols";
import type { Exchange } from "./exchange.ts";
import { fetchFailure, readLimited } from "./read-limited.ts";

export interface ExchangeOptions {
  /** Scheme, host and port of the server, without a path. */
  readonly url: URL;
  /** Largest answer that is read, in bytes. */
  readonly maxAnswerBytes: number;
}

/** Sends requests of a protocol's table to one server. */
export class HttpExchange implements Exchange {
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
    const { url, maxAnswerBytes } = this.#options;
    try {
      const response = await this.#fetch(new URL(request.path + (request.query && `?${request.query}`), url), {
        method: request.method,
        headers: headersOf(request),
        redirect: "error",
        ...(request.method === "GET" ? {} : { body: new Uint8Array(request.body) }),
        ...(signal ? { signal } : {}),
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await readLimited(response, maxAnswerBytes),
      };
    } catch (error) {
      if (error instanceof CodedError) throw error;
      if (signal?.aborted) throw new InferenceError("cancelled", {}, error);
      throw new InferenceError(
        "unreachable",
        { where: url.origin, reason: fetchFailure(error), started: !neverConnected(error) },
        error,
      );
    }
  }
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
