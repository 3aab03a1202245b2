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

/** The rows of all requests, in order. Throws `invalid-value` where an input has not one element for each. */
export function rowsOf({ inputs, requests }: WireBatch): readonly RequestRow[] {
  if (requests.every((request) => request.inputs === undefined)) return sharedRows(inputs, requests);
  return requests.flatMap((request, index) =>
    sharedRows(request.inputs ?? [], [request]).map(({ row }) => ({ row, request: index })),
  );
}

/** Of requests that have the same inputs. */
function sharedRows(inputs: readonly Tensor[], requests: readonly WireRequest[]): readonly RequestRow[] {
  const owners = requests.flatMap(({ rows }, request) => Array<number>(rows).fill(request));
  const columns = inputs.map(({ name, bytes }) => ({ name, elements: decodeByteStrings(name, bytes) }));
  for (const { name, elements } of columns) {
    if (elements.length !== owners.length) {
      const expected = `${owners.length} elements, one a row`;
      throw new InferenceError("invalid-value", { tensor: name, expected, found: `${elements.length}` });
    }
  }
  return owners.map((request, i) => {
    // Field names come from clients: without a prototype, `__proto__` is a name like any other.
    const row: Record<string, HandlerField> = Object.create(null);
    for (const { name, elements } of columns) {
      row[name] = field(name, elements[i] ?? new Uint8Array(), contentType(requests[request], name));
    }
    return { row, request };
  });
}

function contentType(request: WireRequest | undefined, input: string): string | null {
  const value = request?.inputParameters?.[input]?.[contentTypeParameter];
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
