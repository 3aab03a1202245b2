// The table of certificates that a SEV-SNP host hands to its guest beside the report (GHCB specification, section 4.1.8.1).
import type { Bytes } from "@sealserve/primitives";
import { toHex } from "../hex.ts";
import { AttesterError } from "./attester-error.ts";

const entryLength = 24;
const mostEntries = 64;

/** GUIDs in the order of their text: VCEK, VLEK, ASK or ASVK, ARK. Others, such as lists of revoked certificates, are left out. */
const certificateGuids: ReadonlySet<string> = new Set([
  "63da758de6644564adc5f4b93be8accd",
  "a8074bc2a25a483eaae639c045a0b8a1",
  "4ab7b379bbac4fe4a02f05aef327c782",
  "c0b406a4a803495297433fb6014cd0ae",
]);

/** The certificates (DER) in the table's order; none where the host gave none. Throws `AttesterError` `output-malformed`. */
export function parseCertificateTable(table: Bytes): readonly Bytes[] {
  const certificates: Bytes[] = [];
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  for (let entry = 0; table.length > 0; entry++) {
    const at = entry * entryLength;
    if (at + entryLength > table.length || entry === mostEntries) throw malformed("it has no end");
    const guid = toHex(table.subarray(at, at + 16));
    if (/^0*$/.test(guid)) break;
    const [start, length] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true)];
    if (start + length > table.length) throw malformed(`entry ${entry} ends beyond its end`);
    if (certificateGuids.has(guid)) certificates.push(table.slice(start, start + length));
  }
  return certificates;
}

function malformed(problem: string): AttesterError {
  return new AttesterError("output-malformed", { what: "the table of certificates", problem });
}
