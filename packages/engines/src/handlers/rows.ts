// Between the BYTES tensors of a batch and the rows of fields that handlers take.
import { contentTypeParameter, decodeByteStrings, InferenceError, type Tensor } from "@sealserve/inference";
import { reasonOf, textOf } from "@sealserve/primitives";
import type { WireBatch, WireRequest } from "../hosting/wire.ts";
import type { HandlerField, HandlerRow } from "./handler-context.ts";
import { PredictionError } from "./prediction-error.ts";

/** A row and the request that it belongs to. */
export interface RequestRow {
  readonly row: HandlerRow;
  readonly request: number;
}

/** One field of a row as it came. */
export interface RowField {
  readonly name: string;
  /** As the client named it. */
  readonly contentType: string | null;
  readonly value: Uint8Array;
}

/** The fields of one row, and the request that it belongs to. */
export interface FieldRow {
  readonly fields: readonly RowField[];
  readonly request: number;
}

/** The rows of all requests, in order. Throws `invalid-value` where an input has not one element for each. */
export function rowsOf(batch: WireBatch): readonly RequestRow[] {
  return fieldRows(batch).map(({ fields, request }) => {
    // Field names come from clients: without a prototype, `__proto__` is a name like any other.
    const row: Record<string, HandlerField> = Object.create(null);
    for (const { name, value, contentType } of fields) row[name] = field(name, value, contentType);
    return { row, request };
  });
}

/** See {@link rowsOf}; of each field no more than what came. */
export function fieldRows({ inputs, requests }: WireBatch): readonly FieldRow[] {
  const rows: FieldRow[] = [];
  if (requests.every((request) => request.inputs === undefined)) addRows(rows, inputs, requests, 0);
  else for (const [i, request] of requests.entries()) addRows(rows, request.inputs ?? [], [request], i);
  return rows;
}

/** Of requests that have the same inputs; `first` is the place of the first of them. */
function addRows(rows: FieldRow[], inputs: readonly Tensor[], requests: readonly WireRequest[], first: number): void {
  const count = requests.reduce((sum, request) => sum + request.rows, 0);
  const columns = inputs.map(({ name, bytes }) => {
    const elements = decodeByteStrings(name, bytes);
    if (elements.length === count) return elements;
    const expected = `${count} elements, one a row`;
    throw new InferenceError("invalid-value", { tensor: name, expected, found: `${elements.length}` });
  });
  let at = 0;
  for (const [i, request] of requests.entries()) {
    for (const end = at + request.rows; at < end; at++) {
      const fields = inputs.map(({ name }, column) => ({
        name,
        contentType: contentType(request, name),
        value: columns[column]?.[at] ?? new Uint8Array(),
      }));
      rows.push({ fields, request: first + i });
    }
  }
}

function contentType(request: WireRequest, input: string): string | null {
  const value = request.inputParameters?.[input]?.[contentTypeParameter];
  return typeof value === "string" ? value : null;
}

function field(name: string, bytes: Uint8Array, type: string | null): HandlerField {
  return {
    bytes,
    contentType: type,
    text: () => textOf(bytes),
    json: () => {
      try {
        return JSON.parse(textOf(bytes));
      } catch (error) {
        // The parser's own sentence would quote the body.
        if (error instanceof SyntaxError) throw new PredictionError(`field '${name}' is not JSON`, 400);
        throw new PredictionError(`field '${name}': ${reasonOf(error)}`, 400);
      }
    },
  };
}
