// Elements of one datatype as they arrive, in a buffer that grows with them and never with what was declared.
import { type Datatype, elementSize, type FixedDatatype, InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { GrowableBytes } from "./growable-bytes.ts";

/** Takes elements one by one, each checked against the datatype; they have the binary form of a tensor. */
export interface ElementBuffer {
  readonly count: number;
  /** Throws `invalid-value` for a number that is none of the datatype. */
  number(value: number | bigint, wasInteger: boolean): void;
  boolean(value: boolean): void;
  bytes(value: Bytes): void;
  /** All elements; a view. */
  finish(): Bytes;
}

type Integers = Exclude<FixedDatatype, "BOOL" | "FP16" | "BF16" | "FP32" | "FP64">;

const bounds: Readonly<Record<Integers, readonly [number | bigint, number | bigint]>> = {
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, 2n ** 64n - 1n],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/**
 * A buffer for elements of `datatype`; `tensor` names them in errors.
 * Throws `unsupported` for FP16 and BF16, which no JSON form exists for.
 */
export function elementBuffer(tensor: string, datatype: Datatype): ElementBuffer {
  if (datatype === "BYTES") return new StringBuffer(tensor);
  if (datatype === "FP16" || datatype === "BF16")
    throw new InferenceError("unsupported", { what: `${datatype} in JSON` });
  return new FixedBuffer(tensor, datatype);
}

class FixedBuffer implements ElementBuffer {
  count = 0;
  readonly #tensor: string;
  readonly #datatype: Exclude<FixedDatatype, "FP16" | "BF16">;
  readonly #size: number;
  readonly #out = new GrowableBytes();

  constructor(tensor: string, datatype: Exclude<FixedDatatype, "FP16" | "BF16">) {
    this.#tensor = tensor;
    this.#datatype = datatype;
    this.#size = elementSize(datatype);
  }

  number(value: number | bigint, wasInteger: boolean): void {
    const at = this.#reserve();
    switch (this.#datatype) {
      case "FP64":
        this.#out.view.setFloat64(at, Number(value), true);
        break;
      case "FP32":
        this.#out.view.setFloat32(at, Number(value), true);
        if (!Number.isFinite(this.#out.view.getFloat32(at, true)) && Number.isFinite(Number(value)))
          throw this.#refuse("a number too large for it");
        break;
      case "BOOL":
        throw this.#refuse("a number");
      default:
        if (!wasInteger) throw this.#refuse("a number that is no integer");
        this.#integer(this.#datatype, at, value);
    }
  }

  boolean(value: boolean): void {
    const at = this.#reserve();
    if (this.#datatype !== "BOOL") throw this.#refuse("a boolean");
    this.#out.view.setUint8(at, value ? 1 : 0);
  }

  bytes(): void {
    this.#reserve();
    throw this.#refuse("a string");
  }

  finish(): Bytes {
    return this.#out.written();
  }

  #reserve(): number {
    this.count++;
    return this.#out.reserve(this.#size);
  }

  #integer(datatype: Integers, at: number, value: number | bigint): void {
    const [least, most] = bounds[datatype];
    if (value < least || value > most) throw this.#refuse(`an integer outside ${least} to ${most}`);
    const { view } = this.#out;
    if (typeof value === "bigint") view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else if (this.#size === 1) view.setUint8(at, value);
    else if (this.#size === 2) view.setUint16(at, value, true);
    else {
      view.setUint32(at, value, true);
      // A second half instead of a bigint for each element.
      if (this.#size === 8) view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
    }
  }

  #refuse(found: string): InferenceError {
    return wrongElement(this.#tensor, this.#datatype, found, this.count);
  }
}

class StringBuffer implements ElementBuffer {
  count = 0;
  readonly #tensor: string;
  readonly #out = new GrowableBytes();

  constructor(tensor: string) {
    this.#tensor = tensor;
  }

  number(): void {
    throw wrongElement(this.#tensor, "BYTES", "a number", this.count + 1);
  }

  boolean(): void {
    throw wrongElement(this.#tensor, "BYTES", "a boolean", this.count + 1);
  }

  bytes(value: Bytes): void {
    this.count++;
    const at = this.#out.reserve(4);
    this.#out.view.setUint32(at, value.length, true);
    this.#out.append(value);
  }

  finish(): Bytes {
    return this.#out.written();
  }
}

/** The refusal of an element that the datatype does not have; `position` counts from 1. */
export function wrongElement(
  tensor: string,
  datatype: Datatype,
  found: string,
  position: number,
): InferenceError<"invalid-value"> {
  return new InferenceError("invalid-value", { tensor, expected: datatype, found: `${found} as element ${position}` });
}
