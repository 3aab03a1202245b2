// Version numbers as the names of directories.

const maxVersion = 2n ** 63n - 1n;

/**
 * The version that a directory's name stands for, without leading zeros: "00000123" is 123, as in TensorFlow Serving. (Triton passes
 * over names that begin with 0; a store that both read is understood as TensorFlow Serving does.) null: no version.
 */
export function parseVersion(name: string): string | null {
  if (!/^\d{1,32}$/.test(name)) return null;
  const version = BigInt(name);
  return version <= maxVersion ? version.toString() : null;
}
