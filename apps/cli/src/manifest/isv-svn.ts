// The security version number of an enclave: 16 bits that grow with every release.

/** Bits of the version's three numbers. */
const widths = [6, 6, 4] as const;

/** `1.2.3` is 1 · 1024 + 2 · 16 + 3. Null: no version of three numbers of at most 63, 63 and 15, or 0.0.0. What follows a hyphen does not count. */
export function isvSvnOf(version: string): number | null {
  const numbers = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:[-+].*)?$/.exec(version)?.slice(1).map(Number);
  if (!numbers) return null;
  let svn = 0;
  for (const [i, width] of widths.entries()) {
    const part = numbers[i] ?? 0;
    if (part >= 2 ** width) return null;
    svn = svn * 2 ** width + part;
  }
  return svn === 0 ? null : svn;
}
