// What each protocol's answer holds: the text of the line, or the probabilities of its characters.

/** Probabilities, `steps` × classes, from any of the three answers to a tensor. */
export function probabilitiesOf(body: Uint8Array<ArrayBuffer>, headerLength: string | null): Float32Array {
  if (headerLength !== null) return new Float32Array(body.slice(Number(headerLength)).buffer);
  const answer = JSON.parse(new TextDecoder().decode(body));
  const data: unknown = answer.outputs?.[0]?.data ?? answer.predictions;
  if (!Array.isArray(data)) throw new TypeError(`an answer without numbers: ${JSON.stringify(answer).slice(0, 200)}`);
  return Float32Array.from(data.flat(2));
}

/** The largest difference of two lists of numbers; Infinity where their lengths differ. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length || a.length === 0) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return largest;
}
