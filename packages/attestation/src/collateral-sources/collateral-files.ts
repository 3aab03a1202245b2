// Collateral as files with names that say what they are for: the members of a bundle, and what an import writes.
import { utf8 } from "@sealserve/primitives";
import type { Collateral, CollateralRequest } from "../collateral.ts";
import { parseCertificate } from "../x509/certificate.ts";
import type { CollateralFile } from "./collateral-file.ts";
import { writeCollateralJson } from "./collateral-json.ts";

/** Intel's: one file of JSON. AMD's: one of DER for each certificate, and one for the revocation list. */
export function toFiles(request: CollateralRequest, collateral: Collateral): readonly CollateralFile[] {
  if (request.kind === "dcap" && collateral.kind === "dcap") {
    const name = `${request.tee}.${request.fmspc}.${request.ca}.json`;
    return [{ name, bytes: utf8(writeCollateralJson(collateral)) }];
  }
  if (request.kind !== "snp" || collateral.kind !== "snp") return [];
  const { certificates, crl } = collateral;
  const chip = `${request.chipId.slice(0, 16)}.${request.reportedTcb}`;
  const named = certificates.map((bytes) => {
    const { subjectName } = parseCertificate(bytes, "certificate");
    const own = subjectName === "SEV-VCEK" ? `.${chip}` : "";
    return { name: `snp.${request.product}.${subjectName}${own}.cer`, bytes };
  });
  return crl === null ? named : [...named, { name: `snp.${request.product}.crl`, bytes: crl }];
}
