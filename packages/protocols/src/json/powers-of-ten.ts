// The powers of ten that a double holds exactly.

/** 1 to 10^22, by exponent: multiplying or dividing by one of them rounds once. */
export const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
