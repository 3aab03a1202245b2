// The handler to begin from: preprocess, inference, postprocess, one after another.
import type { HandlerContext, HandlerRow, ModelContext, NamedTensors } from "./handler-context.ts";
import { PredictionError } from "./prediction-error.ts";

/** Any promise, or the value at once. */
export type Awaitable<T> = T | Promise<T>;

/** One result a row, in their order: bytes and strings go out as they are, anything else as JSON. */
export type HandlerResults = readonly unknown[];

/**
 * Answers in parts, as an async generator makes them: each list goes out when it is yielded, with `undefined` for a row that has no part in
 * it. What the generator returns is the last part; returning nothing is an empty one.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a generator without `return` gives void.
export type HandlerParts = AsyncIterable<HandlerResults, HandlerResults | undefined | void, unknown>;

export type HandlerAnswer = HandlerResults | HandlerParts;

/**
 * What a module of an archive exports, as one class: at least `handle`. One instance answers batch after batch, never two at once.
 */
export interface Handler {
  /** Called once, before the first batch. A throw fails the load. */
  initialize?(context: ModelContext): Awaitable<void>;
  handle(rows: readonly HandlerRow[], context: HandlerContext): Awaitable<HandlerAnswer>;
  /** Asked for explanations in place of `handle`; left out: `handle` is asked, and finds the header `explain: True`. */
  explain?(rows: readonly HandlerRow[], context: HandlerContext): Awaitable<HandlerAnswer>;
  /** What the model says of itself: an object, TorchServe's `customizedMetadata`. Left out: `handle` is asked, and finds the header `describe: True`. */
  describe?(context: HandlerContext): Awaitable<unknown>;
}

/** `Inputs` is what `preprocess` makes for `inference`, `Outputs` what that makes for `postprocess`. */
export abstract class BaseHandler<Inputs = NamedTensors, Outputs = NamedTensors> implements Handler {
  initialize(_context: ModelContext): Awaitable<void> {
    // Nothing to prepare; a handler with labels or a tokenizer reads them here.
  }

  abstract preprocess(rows: readonly HandlerRow[], context: HandlerContext): Awaitable<Inputs>;

  /** Runs the model of the serialized file. Handlers whose `Inputs` and `Outputs` are not named tensors write their own. */
  async inference(inputs: Inputs, context: HandlerContext): Promise<Outputs> {
    if (!context.session) throw new TypeError("the archive has no ONNX model: give inference() of your own");
    return (await context.session.run(inputs as NamedTensors)) as Outputs;
  }

  /** May be an async generator. */
  abstract postprocess(outputs: Outputs, context: HandlerContext): Awaitable<HandlerAnswer>;

  /** May be overridden by an async generator. */
  handle(rows: readonly HandlerRow[], context: HandlerContext): Awaitable<HandlerAnswer> {
    return this.#inTurn(rows, context);
  }

  explain(_rows: readonly HandlerRow[], _context: HandlerContext): Awaitable<HandlerAnswer> {
    throw new PredictionError("this model gives no explanations", 501);
  }

  describe(_context: HandlerContext): Awaitable<unknown> {
    return {};
  }

  async #inTurn(rows: readonly HandlerRow[], context: HandlerContext): Promise<HandlerAnswer> {
    const inputs = await this.preprocess(rows, context);
    const outputs = await this.inference(inputs, context);
    return await this.postprocess(outputs, context);
  }
}
