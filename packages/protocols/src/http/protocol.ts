// A protocol as the router sees it: handlers, and what it answers when none of them fits.
import type { AnyInferenceError } from "@sealserve/inference";
import type { HttpReply, HttpRequest, TlsChannel } from "./message.ts";
import type { PathPattern } from "./path-pattern.ts";
import type { Route } from "./route.ts";

/** A route with its answer behind it: from an HTTP request to an HTTP reply. */
export interface RouteHandler {
  readonly name: string;
  /** `*`: whichever it is. */
  readonly method: string;
  readonly path: PathPattern;
  handle(request: HttpRequest, captured: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpReply>;
}

/** What is known of a request that no handler takes. */
export type UnmatchedRequest = Pick<HttpRequest, "method" | "path" | "query" | "channel"> &
  Partial<Pick<HttpRequest, "headers">>;

/** One protocol on one listener. */
export interface Protocol {
  /** The path of its listener in the configuration, such as `openInference.http`. */
  readonly name: string;
  readonly handlers: readonly RouteHandler[];
  /** Whether a path that no handler takes is this protocol's to refuse, where several share a port. */
  claims(path: string): boolean;
  /** The refusal of a path or a method that it does not have. */
  unmatched(request: UnmatchedRequest): HttpReply;
  /** Any error in this protocol's form; what was not foreseen leaves as an internal error. */
  refuse(error: AnyInferenceError): HttpReply;
  /** What is no HTTP at all, in this protocol's form. Left out: only its status is told. */
  malformed?(): HttpReply;
  /** Headers of every reply, where the protocol has such; made anew for each. */
  replyHeaders?(status: number): Readonly<Record<string, string>>;
}

/** What a route's answer is given beside its arguments. */
export interface AnswerContext {
  readonly signal: AbortSignal;
  /** Left out: the request came on no TLS connection. */
  readonly channel?: TlsChannel;
  /** The network address that the request came from; left out: it came over no network. */
  readonly peer?: string;
}

/** The server's half of a table: for each route, what answers it, with no HTTP in it. */
export type Answer<Arguments, Result> = (args: Arguments, context: AnswerContext) => Promise<Result>;

/** An answer for each row of a table. */
export type AnswersOf<Routes> = {
  readonly [Name in keyof Routes]: Routes[Name] extends Route<infer Arguments, infer Result>
    ? Answer<Arguments, Result>
    : never;
};

/** Puts an answer behind a route. What reading or answering throws, the router hands to `refuse`. */
export function bindRoute<Arguments, Result>(
  route: Route<Arguments, Result>,
  answer: Answer<Arguments, Result>,
): RouteHandler {
  return {
    name: route.name,
    method: route.method,
    path: route.path,
    async handle(request, captured, signal) {
      const args = await route.readRequest(request, captured);
      const { channel, peer } = request;
      const context = { signal, ...(channel ? { channel } : {}), ...(peer === undefined ? {} : { peer }) };
      return route.writeReply(await answer(args, context), args);
    },
  };
}
