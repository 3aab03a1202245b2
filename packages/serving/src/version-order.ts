// The order of version names: dotted numbers by their parts, above all other names.

const dottedNumber = /^\d+(?:\.\d+)*$/;

/**
 * One spelling for each version: `"1.0"`, `"1"` and `"001"` are `"1"`, because model archives say 1.0 where directories are
 * numbered 1. Names that are not dotted numbers stay as they are.
 */
export function canonicalVersion(version: string): string {
  return dottedNumber.test(version) ? partsOf(version).join(".") : version;
}

/** Below 0 where `a` is older than `b`, 0 where both name one version. Not numbers: as text, older than every number. */
export function compareVersions(a: string, b: string): number {
  const aIsNumber = dottedNumber.test(a);
  const bIsNumber = dottedNumber.test(b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? 1 : -1;
  return aIsNumber ? compareParts(partsOf(a), partsOf(b)) : compareText(a, b);
}

/** Parts without leading zeros, and without the zeros at the end that add nothing. */
function partsOf(version: string): string[] {
  const parts = version.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length > 1 && parts.at(-1) === "0") parts.pop();
  return parts;
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i] ?? "0";
    const y = b[i] ?? "0";
    // Digits as text: a part may be larger than any number holds exactly.
    const order = x.length - y.length || compareText(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
