// Shamir's secret sharing over GF(2^8): any `threshold` of the shares give the secret, fewer say nothing of it.
import { add, inverse, multiply } from "./gf256.ts";

/** The polynomials of all bytes of the secret at `x`, from 1 to 255. */
export interface Point {
  readonly x: number;
  readonly y: Uint8Array;
}

/** Points at 1 to `count`. `randomness` gives the coefficients: `secret.length` bytes for each but the first. */
export function split(
  secret: Uint8Array,
  { threshold, count }: { readonly threshold: number; readonly count: number },
  { randomness }: { readonly randomness: (length: number) => Uint8Array },
): readonly Point[] {
  if (threshold < 2 || threshold > count || count > 255) {
    throw new RangeError(`${threshold} of ${count} is no way to share: at least 2, at most all of 255`);
  }
  const coefficients = [secret, ...Array.from({ length: threshold - 1 }, () => randomness(secret.length))];
  const points = Array.from({ length: count }, (_, i) => ({ x: i + 1, y: evaluate(coefficients, i + 1) }));
  for (const coefficient of coefficients.slice(1)) coefficient.fill(0);
  return points;
}

/** The value at 0 of the polynomials through `points`, whose `x` must differ: the secret, if there are enough and all are right. */
export function combine(points: readonly Point[]): Uint8Array {
  const secret = new Uint8Array(points[0]?.y.length ?? 0);
  for (const { x, y } of points) {
    let weight = 1;
    for (const other of points) {
      if (other.x !== x) weight = multiply(weight, multiply(other.x, inverse(add(other.x, x))));
    }
    for (const [i, value] of y.entries()) secret[i] = add(secret[i] ?? 0, multiply(value, weight));
  }
  return secret;
}

/** Horner's scheme, all bytes at once. */
function evaluate(coefficients: readonly Uint8Array[], x: number): Uint8Array {
  const [constant] = coefficients;
  const y = new Uint8Array(constant?.length ?? 0);
  for (const coefficient of coefficients.toReversed()) {
    for (const [i, value] of coefficient.entries()) y[i] = add(multiply(y[i] ?? 0, x), value);
  }
  return y;
}
