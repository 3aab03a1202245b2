// When collateral says that it is valid and how new it is: hints for keeping and choosing it, not yet verified.
import { reasonOf } from "@sealserve/primitives";
import type { Collateral, DcapCollateral, SnpCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { parseCrl } from "../x509/crl.ts";

export interface CollateralWindow {
  /** Milliseconds since 1970: the latest beginning and the earliest end of all parts. */
  readonly from: number;
  readonly until: number;
  /** Greater is newer; null for SEV-SNP. */
  readonly evaluationDataNumber: number | null;
}

/** Throws {@link CollateralError} `malformed` if a part cannot be read at all. */
export function windowOf(collateral: Collateral): CollateralWindow {
  try {
    return collateral.kind === "dcap" ? dcapWindow(collateral) : snpWindow(collateral);
  } catch (error) {
    if (error instanceof CollateralError) throw error;
    throw new CollateralError("malformed", { what: "collateral", problem: reasonOf(error) }, error);
  }
}

interface Span {
  readonly from: number;
  readonly until: number;
}

function dcapWindow({ tcbInfo, qeIdentity, rootCaCrl, pckCrl }: DcapCollateral): CollateralWindow {
  const documents = [readDocument(tcbInfo, "TCB info"), readDocument(qeIdentity, "QE identity")];
  const spans = [...documents, parseCrl(rootCaCrl), parseCrl(pckCrl)];
  return { ...meet(spans), evaluationDataNumber: Math.min(...documents.map(({ number }) => number)) };
}

function snpWindow({ certificates, crl }: SnpCollateral): CollateralWindow {
  const spans: Span[] = certificates.map((der) => parseCertificate(der, "certificate"));
  if (crl) spans.push(parseCrl(crl));
  return { ...meet(spans), evaluationDataNumber: null };
}

function meet(spans: readonly Span[]): Span {
  return {
    from: Math.max(...spans.map(({ from }) => from)),
    until: Math.min(...spans.map(({ until }) => until)),
  };
}

function readDocument(text: string, what: string): Span & { readonly number: number } {
  const fields: unknown = JSON.parse(text);
  if (typeof fields !== "object" || fields === null)
    throw new CollateralError("malformed", { what, problem: "no object" });
  const values = new Map<string, unknown>(Object.entries(fields));
  const date = (name: string): number => Date.parse(String(values.get(name)));
  const span = {
    from: date("issueDate"),
    until: date("nextUpdate"),
    number: Number(values.get("tcbEvaluationDataNumber")),
  };
  if (Object.values(span).some(Number.isNaN)) {
    throw new CollateralError("malformed", { what, problem: "without dates or evaluation number" });
  }
  return span;
}
