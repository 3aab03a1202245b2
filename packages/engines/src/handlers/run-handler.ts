// One batch on a handler: rows in; results, parts of results and metrics out.
import { InferenceError, streamNextParameter } from "@sealserve/inference";
import type { WireAnswer, WireBatch } from "../hosting/wire.ts";
import type { GivePartial, ModelMetric } from "../hosting/worker-engine.ts";
import { BaseHandler, type Handler, type HandlerAnswer, type HandlerParts } from "./base-handler.ts";
import { batchContext, responseOf } from "./batch-context.ts";
import type { HandlerContext, HandlerRow, ModelContext } from "./handler-context.ts";
import { handlerFailure } from "./handler-failure.ts";
import { resultBytes } from "./result-bytes.ts";
import { rowsOf } from "./rows.ts";

export interface RunHandlerOptions {
  readonly model: ModelContext;
  /** The header that names the sequence of a request. */
  readonly sequenceHeader: string;
}

export interface RunHandlerParts {
  readonly handler: Handler;
  /** Milliseconds. */
  readonly now: () => number;
  readonly metric: (metric: ModelMetric) => void;
}

/** The bytes of one list of results, a row each; null: the row has none. */
type Elements = readonly (Uint8Array | null)[];

/** Throws `handler-failed`: it fails for all, as in TorchServe; and `invalid-value` for inputs that are no rows. */
export async function runHandler(
  { model, sequenceHeader }: RunHandlerOptions,
  { handler, now, metric }: RunHandlerParts,
  { inputs, requests }: WireBatch,
  partial: GivePartial,
): Promise<WireAnswer> {
  const begun = now();
  const rows = rowsOf({ inputs, requests });
  const { context, replies } = batchContext({ model, sequenceHeader, rows, requests }, { metric });
  const owned = (elements: Elements, request: number): Elements =>
    elements.filter((_, row) => rows[row]?.request === request);
  const decoded = now();
  const begunStreams = new Set<number>();

  async function givePart(elements: Elements): Promise<boolean> {
    let wanted = true;
    for (const [request, reply] of replies.entries()) {
      const own = owned(elements, request);
      if (own.every((element) => element === null)) continue;
      begunStreams.add(request);
      wanted = await partial(request, responseOf(own, reply, { [streamNextParameter]: "true" }));
    }
    return wanted;
  }

  const elements = await elementsOf(
    handler,
    rows.map(({ row }) => row),
    context,
    givePart,
  );
  const handled = now();
  const time = Math.round((handled - decoded) * 100) / 100;
  if (handler instanceof BaseHandler) context.metrics.addTime("HandlerTime", time);
  context.metrics.addTime("PredictionTime", time);
  const results = replies.map((reply, request) =>
    responseOf(owned(elements, request), reply, begunStreams.has(request) ? { [streamNextParameter]: "false" } : {}),
  );
  return {
    results,
    timings: {
      computeInput: nanoseconds(decoded - begun),
      computeInfer: nanoseconds(handled - decoded),
      computeOutput: nanoseconds(now() - handled),
    },
    transfer: results.flatMap(({ outputs }) => outputs.map(({ bytes }) => bytes.buffer as ArrayBuffer)),
  };
}

/** The last results as bytes; those before go to `givePart`, which says whether anybody wants more. */
async function elementsOf(
  handler: Handler,
  rows: readonly HandlerRow[],
  context: HandlerContext,
  givePart: (elements: Elements) => Promise<boolean>,
): Promise<Elements> {
  const model = context.modelName;
  try {
    const answer = await ask(handler, rows, context);
    if (!isParts(answer)) return bytesOf(answer, model, rows.length, false);
    const last = await lastOf(answer, (part) => givePart(bytesOf(part, model, rows.length, true)));
    return last === undefined ? rows.map(() => null) : bytesOf(last, model, rows.length, true);
  } catch (error) {
    throw error instanceof UnusableResults ? error.failure : handlerFailure(model, error);
  }
}

/** The headers of the first request hold for all of a batch, as in TorchServe. */
async function ask(handler: Handler, rows: readonly HandlerRow[], context: HandlerContext): Promise<HandlerAnswer> {
  const isAsked = (what: string): boolean => rows.length > 0 && context.requestHeader(0, what) === "True";
  if (handler.describe && isAsked("describe")) {
    const words = await handler.describe(context);
    return rows.map(() => words);
  }
  if (handler.explain && isAsked("explain")) return handler.explain(rows, context);
  return handler.handle(rows, context);
}

/** What the parts end with, each given away before the next is asked for. They are left where nobody wants more. */
async function lastOf(parts: HandlerParts, give: (part: unknown) => Promise<boolean>): Promise<unknown> {
  const iterator = parts[Symbol.asyncIterator]();
  let over = false;
  try {
    for (;;) {
      const step = await iterator.next();
      over = step.done === true;
      if (step.done) return step.value;
      if (!(await give(step.value))) return undefined;
    }
  } finally {
    if (!over) await iterator.return?.();
  }
}

/** `partial`: a row may have none. Throws {@link UnusableResults}. */
function bytesOf(results: unknown, model: string, rows: number, partial: boolean): Elements {
  const failed = (reason: string, cause: unknown): UnusableResults =>
    new UnusableResults(new InferenceError("handler-failed", { model, status: 503, reason }, cause));
  if (!Array.isArray(results)) throw failed("Invalid model predict output", new Error("handle() gave no array"));
  if (results.length !== rows) {
    const cause = new Error(`handle() gave ${results.length} results for ${rows} rows`);
    throw failed("number of batch response mismatched", cause);
  }
  try {
    return results.map((result) => (partial && result === undefined ? null : resultBytes(result)));
  } catch (error) {
    throw failed("Unsupported model output data type.", error);
  }
}

/** What the handler gave is no answer: not to be taken for what it threw. */
class UnusableResults extends Error {
  readonly failure: InferenceError;

  constructor(failure: InferenceError) {
    super(failure.message);
    this.failure = failure;
  }
}

function isParts(answer: unknown): answer is HandlerParts {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}
