// Bytes in the shape of quotes, reports and certificate tables: as much of it as attesters look at.
import type { Bytes } from "@sealserve/primitives";

/** A TDX quote of version 4 with a signature section of zeros. */
export function tdxQuote(reportData: Bytes): Uint8Array {
  return quote(4, 584, 520, reportData);
}

/** An SGX quote of version 3. */
export function sgxQuote(reportData: Bytes): Uint8Array {
  return quote(3, 384, 320, reportData);
}

export function snpReport(reportData: Bytes): Uint8Array {
  const report = new Uint8Array(0x4a0);
  report.set(reportData, 0x50);
  return report;
}

export interface TableEntry {
  readonly guid: string;
  readonly bytes: Bytes;
}

export function certificateTable(entries: readonly TableEntry[]): Uint8Array {
  const head = (entries.length + 1) * 24;
  const table = new Uint8Array(head + entries.reduce((sum, { bytes }) => sum + bytes.length, 0));
  const view = new DataView(table.buffer);
  let at = head;
  for (const [index, { guid, bytes }] of entries.entries()) {
    table.set(Uint8Array.from(Buffer.from(guid.replaceAll("-", ""), "hex")), index * 24);
    view.setUint32(index * 24 + 16, at, true);
    view.setUint32(index * 24 + 20, bytes.length, true);
    table.set(bytes, at);
    at += bytes.length;
  }
  return table;
}

function quote(version: number, body: number, at: number, reportData: Bytes): Uint8Array {
  const signature = 100;
  const bytes = new Uint8Array(48 + body + 4 + signature);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, version, true);
  bytes.set(reportData, 48 + at);
  view.setUint32(48 + body, signature, true);
  return bytes;
}
