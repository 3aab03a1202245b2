// From the scores of classes to probabilities.

/** Probabilities of `count` scores that lie `stride` apart from `start` on. */
export function softmax(scores: Float32Array, start = 0, count = scores.length, stride = 1): number[] {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) most = Math.max(most, scores[start + i * stride] ?? 0);
  const powers = Array.from({ length: count }, (_, i) => Math.exp((scores[start + i * stride] ?? 0) - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
