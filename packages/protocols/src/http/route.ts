// A row of a protocol's table: where a call lives and how each side writes and reads it.
import type { HttpAnswer, HttpReply, HttpRequest } from "./message.ts";
import type { PathPattern } from "./path-pattern.ts";

/**
 * One call of a protocol. The client uses the row forwards (`writeRequest`, `readReply`), the server backwards
 * (`readRequest`, `writeReply`), so the two cannot drift: `readRequest(writeRequest(a))` equals `a`.
 * Reading throws `InferenceError` (`malformed` and its like) and allocates nothing that the bytes themselves do not bound.
 */
export interface Route<Arguments, Result> {
  /** Unique in its protocol, such as `infer`. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS";
  readonly path: PathPattern;
  writeRequest(args: Arguments): HttpRequest;
  readRequest(request: HttpRequest, captured: Readonly<Record<string, string>>): Arguments | Promise<Arguments>;
  writeReply(result: Result, args: Arguments): HttpReply | Promise<HttpReply>;
  /** Only for successful answers; a protocol's `errors.ts` reads the others. */
  readReply(answer: HttpAnswer): Result | Promise<Result>;
}
