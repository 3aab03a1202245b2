// The 64 bytes that an attester chooses and hardware signs.

declare const brand: unique symbol;

/** Exactly 64 bytes. */
export type ReportData = Uint8Array & { readonly [brand]: true };

/** `bytes` themselves. Throws `RangeError` unless there are exactly 64: neither cut nor filled up silently. */
export function toReportData(bytes: Uint8Array): ReportData {
  if (bytes.length !== 64) throw new RangeError(`report data is 64 bytes, not ${bytes.length}`);
  return bytes as ReportData;
}
