// The handler to begin from: preprocess, inference, postprocess, one after another.
import type { HandlerContext, HandlerRow, ModelContext, NamedTensors } from "./handler-context.ts";

/** Any promise, or the value at once. */
export type Awaitable<T> = T | Promise<T>;

/**
 * What a module of an archive exports, as one class: at least `handle`. One instance answers batch after batch, never two at once.
 * `handle` returns one result a row, in their order: bytes and strings go out as they are, anything else as JSON.
 */
export interface Handler {
  /** Called once, before the first batch. A throw fails the load. */
  initialize?(context: ModelContext): Awaitable<void>;
  handle(rows: readonly HandlerRow[], context: HandlerContext): Awaitable<readonly unknown[]>;
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

  abstract postprocess(outputs: Outputs, context: HandlerContext): Awaitable<readonly unknown[]>;

  async handle(rows: readonly HandlerRow[], context: HandlerContext): Promise<readonly unknown[]> {
    const inputs = await this.preprocess(rows, context);
    const outputs = await this.inference(inputs, context);
    return await this.postprocess(outputs, context);
  }
}
