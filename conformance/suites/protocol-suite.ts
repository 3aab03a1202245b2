// What every route of a protocol's table keeps: each side reads exactly what the other side wrote.
import assert from "node:assert/strict";
import { it } from "node:test";
import { type Bytes, concatBytes } from "@sealserve/primitives";
import type { HttpAnswer, HttpReply, HttpRequest, Route } from "@sealserve/protocols";
import fc from "fast-check";

/** A route, and generators of what goes through it. */
export interface RouteCase<Arguments, Result> {
  readonly route: Route<Arguments, Result>;
  readonly args: fc.Arbitrary<Arguments>;
  /** Results that may answer these arguments. */
  readonly result: (args: Arguments) => fc.Arbitrary<Result>;
  /** How many examples; 200 if left out. */
  readonly runs?: number;
}

/** Adds two tests to the suite at hand: requests and replies of this route survive the wire. */
export function checkRoute<Arguments, Result>(routeCase: RouteCase<Arguments, Result>): void {
  const { route, args, result, runs = 200 } = routeCase;

  it(`${route.name}: readRequest(writeRequest(a)) equals a`, () =>
    fc.assert(
      fc.asyncProperty(args, async (sent) => {
        const request = route.writeRequest(sent);
        assert.equal(request.method, route.method);
        assert.deepEqual(await route.readRequest(request, captures(route, request)), plain(sent));
      }),
      { numRuns: runs },
    ));

  const exchange = args.chain((sent) => result(sent).map((given) => [sent, given] as const));
  it(`${route.name}: readReply(writeReply(r)) equals r`, () =>
    fc.assert(
      fc.asyncProperty(exchange, async ([sent, given]) => {
        const answer = await receive(await route.writeReply(given, sent));
        assert.deepEqual(await route.readReply(answer), plain(given));
      }),
      { numRuns: runs },
    ));
}

/** Generated records may have no prototype, which no codec restores. */
const plain = <T>(value: T): T => structuredClone(value);

function captures<A, R>(route: Route<A, R>, request: HttpRequest): Readonly<Record<string, string>> {
  const captured = route.path.match(request.path);
  assert.ok(captured, `${request.path} does not match ${route.path.text}`);
  return captured;
}

/** The reply as a client has it: in one piece, at an offset as a socket's buffer may have it. */
export async function receive(reply: HttpReply): Promise<HttpAnswer> {
  const chunks: Bytes[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  const body = concatBytes([new Uint8Array(1), ...chunks]).subarray(1);
  return { status: reply.status, headers: reply.headers, body };
}
