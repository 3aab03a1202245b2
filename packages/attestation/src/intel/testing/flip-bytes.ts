// Changes each byte of evidence in turn, and says which changes were accepted.
import { CollateralError } from "../../collateral-error.ts";
import { EvidenceError } from "../../evidence-error.ts";

/** So many verifications are under way at once. */
const width = 32;

/**
 * Offsets of the bytes whose change `verify` accepted; none, if all is well. One bit is flipped in each byte, another in the next.
 * Throws whatever `verify` throws but `EvidenceError` and `CollateralError`.
 */
export async function acceptedFlips(bytes: Uint8Array, verify: (changed: Uint8Array) => unknown): Promise<number[]> {
  const accepted: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < bytes.length) {
      const at = next++;
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at & 7));
      try {
        await verify(changed);
        accepted.push(at);
      } catch (error) {
        if (!(error instanceof EvidenceError || error instanceof CollateralError)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return accepted;
}
