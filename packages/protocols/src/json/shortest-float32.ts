// The double whose shortest text is also the shortest text that gives back a float32.
import { powersOfTen } from "./powers-of-ten.ts";

/** A normal float32 tells any two decimals of so many digits apart, and needs no more than nine to be told itself. */
const fewestDigits = 6;
const mostDigits = 9;
const leastNormal = 2 ** -126;

/**
 * For a value that float32 holds: the double nearest to the shortest decimal that rounds back to it, so that `String` of the
 * result is that decimal (0.1 for the float32 next to it, which as a double reads 0.10000000149011612).
 */
export function shortestFloat32(value: number): number {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return value;
  if (!Number.isFinite(value)) return value;
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  for (let digits = Math.abs(value) < leastNormal ? 1 : fewestDigits; digits < mostDigits; digits++) {
    const candidate = rounded(value, digits, digits - 1 - magnitude);
    if (Math.fround(candidate) === value) return candidate;
  }
  return rounded(value, mostDigits, mostDigits - 1 - magnitude);
}

/** `value` rounded to `digits` significant digits, which is `decimals` behind the point. */
function rounded(value: number, digits: number, decimals: number): number {
  const power = powersOfTen[Math.abs(decimals)];
  // Fewer than 2^53 and an exact power: each of the two steps rounds once.
  if (power === undefined) return Number(value.toPrecision(digits));
  return decimals < 0 ? Math.round(value / power) * power : Math.round(value * power) / power;
}
