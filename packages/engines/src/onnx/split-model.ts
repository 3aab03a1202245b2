// Splits an ONNX model that comes in pieces: its large weights apart, each on its own, and the rest as a small model that names them.
import { type Bytes, utf8 } from "@sealserve/primitives";
import { numberOf, PieceReader, type Reading, UnsplittableError, varintOf } from "./piece-reader.ts";

export interface SplitOptions {
  /** Bytes of the whole model. */
  readonly size: number;
  /** Raw data of a tensor leave the model from this size on (bytes). */
  readonly apartFrom: number;
  /** Bytes that may be left of the model. */
  readonly most: number;
  /** How the small model names the weights that are the `index`th to leave it; names that no model has by itself. */
  readonly location: (index: number) => string;
}

export interface SplitWeights {
  write(part: Bytes): void;
  close(): void;
}

export interface SplitParts {
  /** Where weights go that leave the model. */
  readonly open: (location: string, size: number) => SplitWeights;
}

/** Fields of onnx.proto: ModelProto, GraphProto, TensorProto, StringStringEntryProto. */
const field = { graph: 7, initializer: 5, rawData: 9, externalData: 13, dataLocation: 14, key: 1, value: 2 } as const;
const external = 1;
/** About what it takes to keep a field, beside its bytes. */
const costOfField = 64;
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** What is left of a message, in its order. */
class Rest {
  readonly parts: Bytes[] = [];
  length = 0;

  add(...parts: readonly Bytes[]): void {
    for (const part of parts) {
      this.parts.push(part);
      this.length += part.length;
    }
  }

  addMessage(key: number, inner: Rest): void {
    this.add(varintOf(key), varintOf(inner.length));
    for (const part of inner.parts) this.add(part);
  }
}

/** A field whose key was read: `length` is that of its bytes, null for numbers. */
interface Key {
  readonly number: number;
  readonly type: number;
  readonly length: number | null;
}

/** Every method throws {@link UnsplittableError}: then the model is for onnxruntime to read, or to refuse, as it is. */
export class ModelSplitter {
  readonly #options: SplitOptions;
  readonly #parts: SplitParts;
  readonly #reader = new PieceReader();
  readonly #reading: Reading<Rest>;
  #model: Rest | null = null;
  #kept = 0;
  #left = 0;

  constructor(options: SplitOptions, parts: SplitParts) {
    this.#options = options;
    this.#parts = parts;
    this.#reading = this.#readModel();
  }

  /** The next piece; it is not kept. */
  push(piece: Bytes): void {
    this.#reader.give(piece);
    const { done, value } = this.#reading.next();
    if (done) this.#model = value;
  }

  /** The small model, once all pieces were given. */
  end(): readonly Bytes[] {
    if (!this.#model) throw new UnsplittableError("its last message is cut off");
    return this.#model.parts;
  }

  *#readModel(): Reading<Rest> {
    const model = new Rest();
    let graphs = 0;
    while (this.#reader.at < this.#options.size) {
      const key = yield* this.#readKey(this.#options.size);
      if (key.number !== field.graph || key.length === null) {
        yield* this.#keep(key, model);
        continue;
      }
      // Two would be one to whoever reads them, with the tensors of both.
      if (++graphs > 1) throw new UnsplittableError("more than one graph");
      model.addMessage(keyOf(key), yield* this.#readGraph(this.#reader.at + key.length));
    }
    this.#expectEnd(this.#options.size);
    return model;
  }

  *#readGraph(end: number): Reading<Rest> {
    const graph = new Rest();
    while (this.#reader.at < end) {
      const key = yield* this.#readKey(end);
      if (key.number !== field.initializer || key.length === null) yield* this.#keep(key, graph);
      else graph.addMessage(keyOf(key), yield* this.#readTensor(this.#reader.at + key.length));
    }
    this.#expectEnd(end);
    return graph;
  }

  *#readTensor(end: number): Reading<Rest> {
    const tensor = new Rest();
    let weights: { readonly location: string; readonly length: number } | null = null;
    let data = 0;
    let elsewhere = false;
    while (this.#reader.at < end) {
      const key = yield* this.#readKey(end);
      if (key.number === field.rawData) data++;
      elsewhere ||= key.number === field.externalData;
      if (key.number === field.rawData && key.length !== null && key.length >= this.#options.apartFrom) {
        weights = { location: yield* this.#passWeights(key.length), length: key.length };
      } else {
        const kept = yield* this.#keep(key, tensor);
        elsewhere ||= key.number === field.dataLocation && numberOf(kept) === external;
      }
    }
    this.#expectEnd(end);
    if (!weights) return tensor;
    if (data > 1 || elsewhere) throw new UnsplittableError("a tensor with its data twice");
    tensor.add(...namesOf(weights.location, weights.length));
    return tensor;
  }

  *#passWeights(length: number): Reading<string> {
    const location = this.#options.location(this.#left++);
    const into = this.#parts.open(location, length);
    yield* this.#reader.pass(length, (part) => into.write(part));
    into.close();
    return location;
  }

  /** A key, and the length of what follows where it tells one. `end`: of the message that it is in. */
  *#readKey(end: number): Reading<Key> {
    const key = numberOf(yield* this.#reader.varint());
    const [number, type] = [Math.floor(key / 8), key % 8];
    const length = type === wire.bytes ? numberOf(yield* this.#reader.varint()) : null;
    if (this.#reader.at + (length ?? 0) > end) throw new UnsplittableError(`beyond its message at ${this.#reader.at}`);
    this.#account(costOfField);
    return { number, type, length };
  }

  #expectEnd(end: number): void {
    if (this.#reader.at !== end) throw new UnsplittableError(`a message ends inside of a field at ${end}`);
  }

  /** Adds a field as it is; returns its value. */
  *#keep(key: Key, to: Rest): Reading<Bytes> {
    const { type, length } = key;
    this.#account(length ?? 0);
    to.add(varintOf(keyOf(key)));
    if (length !== null) to.add(varintOf(length));
    const value = yield* this.#readValue(type, length);
    to.add(value);
    return value;
  }

  /** Before anything is kept. */
  #account(bytes: number): void {
    this.#kept += bytes;
    if (this.#kept > this.#options.most) throw new UnsplittableError("too much of it is not large weights");
  }

  *#readValue(type: number, length: number | null): Reading<Bytes> {
    switch (type) {
      case wire.varint:
        return yield* this.#reader.varint();
      case wire.fixed64:
        return yield* this.#reader.take(8);
      case wire.fixed32:
        return yield* this.#reader.take(4);
      case wire.bytes:
        return yield* this.#reader.take(length ?? 0);
      default:
        throw new UnsplittableError(`wire type ${type} at ${this.#reader.at}`);
    }
  }
}

function keyOf({ number, type }: Key): number {
  return number * 8 + type;
}

/** The fields of a tensor whose data lie in a file of their own. */
function namesOf(location: string, length: number): readonly Bytes[] {
  const tensor = new Rest();
  for (const [name, value] of Object.entries({ location, offset: "0", length: String(length) })) {
    const entry = new Rest();
    entry.addMessage(field.key * 8 + wire.bytes, restOf(utf8(name)));
    entry.addMessage(field.value * 8 + wire.bytes, restOf(utf8(value)));
    tensor.addMessage(field.externalData * 8 + wire.bytes, entry);
  }
  tensor.add(varintOf(field.dataLocation * 8 + wire.varint), varintOf(external));
  return tensor.parts;
}

function restOf(bytes: Bytes): Rest {
  const rest = new Rest();
  rest.add(bytes);
  return rest;
}
