// One request of a route's client half over fetch: sent, answered, its body read whole.
import { InferenceError } from "@sealserve/inference";
import { CodedError, concatBytes } from "@sealserve/primitives";
import type { HttpAnswer, HttpRequest } from "@sealserve/protocols";

export interface ExchangeOptions {
  /** Scheme, host and port of the server, without a path. */
  readonly url: URL;
  /** Largest answer that is read, in bytes. */
  readonly maxAnswerBytes: number;
}

/** Sends requests of a protocol's table to one server. */
export class HttpExchange {
  readonly #options: ExchangeOptions;
  readonly #fetch: typeof fetch;

  constructor(options: ExchangeOptions, parts: { readonly fetch: typeof fetch }) {
    this.#options = options;
    this.#fetch = parts.fetch;
  }

  /**
   * The answer, whatever its status. A coded error of `fetch`, such as that of an attested one, is passed on as it is. Throws `cancelled` where `signal` aborted, `unreachable` where nobody answers, and `too-large`. A redirect is refused: the server that was chosen answers, or nobody does.
   */
  async send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const { url } = this.#options;
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
        body: await this.#read(response),
      };
    } catch (error) {
      if (error instanceof CodedError) throw error;
      if (signal?.aborted) throw new InferenceError("cancelled", {}, error);
      throw new InferenceError("unreachable", { where: url.origin, reason: reasonOf(error) }, error);
    }
  }

  async #read(response: Response): Promise<Uint8Array> {
    const limit = this.#options.maxAnswerBytes;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > limit) throw new InferenceError("too-large", { what: "the answer", limit, found: null });
      chunks.push(chunk);
    }
    return concatBytes(chunks);
  }
}

function headersOf(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers[name] = value;
  return headers;
}

/** fetch hides what happened to the connection in the cause of its error. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause !== "object" || cause === null) return `does not answer: ${cause}`;
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ECONNREFUSED") return "refuses the connection: is the server running there?";
  return `does not answer: ${message || code}`;
}
