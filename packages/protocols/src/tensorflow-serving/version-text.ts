// Versions as TensorFlow Serving prints them: integers, where the house takes any text.

/** `7` for `7`, `007`, `7.0` and `7.0.0`; a version that is no integer is printed as it is. */
export function printedVersion(version: string): string {
  return /^0*(\d+)(?:\.0+)*$/.exec(version)?.[1] ?? version;
}
