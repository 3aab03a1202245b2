// What collateral a quote needs, read from its PCK certificate before anything is trusted.
import type { CollateralRequest } from "../collateral.ts";
import { EvidenceError } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import { readPckExtension } from "./pck-extension.ts";
import type { Quote } from "./quote.ts";

/**
 * What to ask a collateral source for. Throws {@link EvidenceError} `unsupported` if the quote brings no PCK certificate, and
 * `certificate-malformed` or `certificate-name` if it is none of Intel's form.
 */
export function collateralRequest(quote: Quote): Extract<CollateralRequest, { readonly kind: "dcap" }> {
  const { certification } = quote;
  if (certification.kind === "reference") {
    throw new EvidenceError("unsupported", {
      what: "type of the certification data",
      found: String(certification.type),
      allowed: "5 (PCK certificate chain)",
    });
  }
  const [leaf] = certification.chain;
  const { fmspc } = readPckExtension(leaf);
  return { kind: "dcap", tee: quote.body.tee, fmspc: toHex(fmspc), ca: caOf(leaf.issuerName) };
}

function caOf(issuerName: string): "processor" | "platform" {
  if (issuerName.includes("Platform")) return "platform";
  if (issuerName.includes("Processor")) return "processor";
  const expected = "issued by Intel's PCK Processor CA or Platform CA";
  throw new EvidenceError("certificate-name", { certificate: issuerName, expected });
}
