// The text of a QE identity becomes values.

import { readSvnLevels } from "./parse-levels.ts";
import type { QeIdentity } from "./qe-identity.ts";
import { parseStrictJson } from "./strict-json.ts";

/** Parses the value of `enclaveIdentity`. Throws `CollateralError`: `malformed`, `too-large`, `status-unknown`. */
export function parseQeIdentity(text: string): QeIdentity {
  const what = "QE identity";
  const record = parseStrictJson(what, text);
  const id = record.oneOf("id", ["QE", "TD_QE"]) ?? record.fail("'id' is neither QE nor TD_QE");
  if (record.integer("version", 0xffff) !== 2) record.fail("'version' is not 2");
  const identity: QeIdentity = {
    id,
    issueDate: record.date("issueDate"),
    nextUpdate: record.date("nextUpdate"),
    tcbEvaluationDataNumber: record.integer("tcbEvaluationDataNumber", 0xffff_ffff),
    miscSelect: record.bytes("miscselect", 4),
    miscSelectMask: record.bytes("miscselectMask", 4),
    attributes: record.bytes("attributes", 16),
    attributesMask: record.bytes("attributesMask", 16),
    mrSigner: record.bytes("mrsigner", 32),
    isvProdId: record.integer("isvprodid", 0xffff),
    levels: readSvnLevels(what, record),
  };
  record.end();
  return identity;
}
