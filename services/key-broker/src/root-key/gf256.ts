// Arithmetic in GF(2^8) with the polynomial of AES (x^8 + x^4 + x^3 + x + 1), without tables: no secret chooses what is read.

/** Sum and difference. */
export function add(a: number, b: number): number {
  return a ^ b;
}

/** Eight steps for any arguments, without a branch. */
export function multiply(a: number, b: number): number {
  let product = 0;
  let factor = a;
  for (let bit = 0; bit < 8; bit++) {
    product ^= factor & -((b >> bit) & 1);
    factor = ((factor << 1) ^ (0x1b & -(factor >> 7))) & 0xff;
  }
  return product & 0xff;
}

/** `a` to the power of 254: the inverse of what is not zero, and zero of zero. */
export function inverse(a: number): number {
  let power = a;
  for (let step = 0; step < 6; step++) power = multiply(multiply(power, power), a);
  return multiply(power, power);
}
