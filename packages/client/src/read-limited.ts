// What fetch gave, read whole within a limit, and why it gave nothing.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, concatBytes } from "@sealserve/primitives";

/** Throws `too-large`, and what the body itself fails with. */
export async function readLimited(response: Response, limit: number): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw new InferenceError("too-large", { what: "the answer", limit, found: null });
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

/** fetch hides what happened to the connection in the cause of its error. */
export function fetchFailure(error: unknown, failing = "does not answer"): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause !== "object" || cause === null) return `${failing}: ${cause}`;
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ECONNREFUSED") return "refuses the connection: is the server running there?";
  return `${failing}: ${message || code}`;
}
