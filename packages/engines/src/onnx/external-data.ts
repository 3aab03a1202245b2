// Finds the files in which an ONNX model keeps weights apart (onnx.proto, TensorProto.external_data), without decoding the rest.
import { ByteCursor, type Bytes, TruncatedError, textOf } from "@sealserve/primitives";

/** The messages on the way to a tensor, and which of their fields lead on. */
const paths = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  function: { 7: "node" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: { 13: "entry" },
  entry: {},
} as const satisfies Readonly<Record<string, Readonly<Record<number, string>>>>;

type Message = keyof typeof paths;

/** Messages inside messages; protobuf's own limit. */
const deepest = 100;

/** The model file breaks the rules of the protobuf wire format. */
export class MalformedModelError extends Error {}

/** Every distinct location that a tensor of the model names, as written. Throws {@link MalformedModelError}. */
export function externalLocations(model: Bytes): string[] {
  const locations = new Set<string>();
  try {
    walk(model, "model", 0, locations);
  } catch (error) {
    if (!(error instanceof TruncatedError)) throw error;
    throw new MalformedModelError(`not an ONNX model: ${error.message}`);
  }
  return [...locations];
}

function walk(bytes: Bytes, message: Message, depth: number, locations: Set<string>): void {
  if (depth > deepest)
    throw new MalformedModelError(`not an ONNX model: more than ${deepest} messages inside each other`);
  if (message === "entry") addLocation(bytes, locations);
  const next: Readonly<Record<number, Message>> = paths[message];
  for (const { number, value } of fields(bytes)) {
    const inner = next[number];
    if (inner !== undefined && value !== null) walk(value, inner, depth + 1, locations);
  }
}

/** StringStringEntryProto: key 1, value 2; the last of each counts. */
function addLocation(bytes: Bytes, locations: Set<string>): void {
  const entry = new Map([...fields(bytes)].map(({ number, value }) => [number, textOf(value ?? new Uint8Array())]));
  if (entry.get(1) === "location") locations.add(entry.get(2) ?? "");
}

/** `value` holds the bytes of a length-delimited field; null for numbers. */
interface Field {
  readonly number: number;
  readonly value: Bytes | null;
}

function* fields(bytes: Bytes): Generator<Field> {
  const cursor = new ByteCursor(bytes);
  while (cursor.remaining > 0) {
    const key = varint(cursor);
    yield { number: Math.floor(key / 8), value: fieldValue(cursor, key % 8) };
  }
}

function fieldValue(cursor: ByteCursor, wireType: number): Bytes | null {
  switch (wireType) {
    case 0:
      varint(cursor);
      return null;
    case 1:
      cursor.take(8);
      return null;
    case 2:
      return cursor.take(varint(cursor));
    case 5:
      cursor.take(4);
      return null;
    default:
      throw new MalformedModelError(`not an ONNX model: wire type ${wireType} at offset ${cursor.at}`);
  }
}

/** At most ten bytes; exact up to 2^53, which is enough for keys and lengths. */
function varint(cursor: ByteCursor): number {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.uint8();
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  throw new MalformedModelError(`not an ONNX model: a varint of more than ten bytes at offset ${cursor.at}`);
}
