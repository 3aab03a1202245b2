// One request to a service that nobody trusts: no redirects, no more bytes and no more time than allowed.
import { concatBytes, reasonOf } from "@sealserve/primitives";
import { CollateralError } from "../collateral-error.ts";

/** The platform's `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface FetchLimits {
  /** Of the body after whatever decoding `fetch` does; default 4 MiB. */
  readonly maxBytes?: number;
  /** For the whole answer, in milliseconds; default 10 s. */
  readonly deadline?: number;
}

export interface FetchQuestion {
  readonly url: string;
  /** Name of the service, and of what is asked of it, for errors. */
  readonly source: string;
  readonly what: string;
}

export interface FetchAnswer {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * The answer with status 200 to a GET. Throws {@link CollateralError}: `unavailable` (no connection, a redirect, too slow, or the
 * service says so), `not-found`, `too-large`, `malformed` (an empty answer); or the reason of `signal` once that is aborted.
 */
export async function fetchLimited(
  question: FetchQuestion,
  { maxBytes = 4 * 1024 * 1024, deadline = 10_000 }: FetchLimits,
  { fetch }: { readonly fetch: Fetch },
  signal: AbortSignal,
): Promise<FetchAnswer> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(deadline);
  try {
    const response = await fetch(question.url, {
      redirect: "error",
      credentials: "omit",
      // Asked to leave the body as it is; if a service compresses all the same, `maxBytes` counts what comes out.
      headers: { "accept-encoding": "identity" },
      signal: AbortSignal.any([signal, timeout]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw refusal(response, question);
    }
    const body = await readLimited(response, question.what, maxBytes);
    if (body.length === 0) throw new CollateralError("malformed", { what: question.what, problem: "an empty answer" });
    return { headers: response.headers, body };
  } catch (error) {
    if (error instanceof CollateralError) throw error;
    signal.throwIfAborted();
    const reason = timeout.aborted ? `no answer within ${deadline} ms` : deepReason(error);
    throw new CollateralError("unavailable", { source: question.source, reason }, error);
  }
}

async function readLimited(response: Response, what: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Ending the loop early cancels the body, and with it the connection.
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new CollateralError("too-large", { what, limit: maxBytes });
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

/** `fetch` itself says only that it failed; the reason is the cause. */
function deepReason(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : reasonOf(error);
}

/** Statuses of PCS, PCCS and KDS that say that there is nothing for this platform: trying again will not help. */
const unknownPlatform: ReadonlySet<number> = new Set([404, 410, 461, 462]);

function refusal({ status, headers }: Response, { source, what }: FetchQuestion): CollateralError {
  if (unknownPlatform.has(status)) return new CollateralError("not-found", { source, what });
  const after = headers.get("retry-after") ?? "";
  const retryAfter = /^\d{1,6}$/.test(after) ? { retryAfter: Number(after) } : {};
  return new CollateralError("unavailable", { source, reason: `status ${status} for ${what}`, ...retryAfter });
}
