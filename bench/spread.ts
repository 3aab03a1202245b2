// The middle of many measurements and how far they lie apart: one of them alone says little on a machine that is shared.

/** The value below which this `share` of `values` lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `a` by `b`, measurement by measurement: what slowed both at the same time goes out. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? Number.NaN));
}

/** The quarter and three-quarter marks, as figures of a result. */
export function quartiles(values: readonly number[]): Readonly<Record<string, number>> {
  return { "lower quartile": quantile(values, 0.25), "upper quartile": quantile(values, 0.75) };
}
