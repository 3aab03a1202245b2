// What a quote carries to prove its attestation key: in practice the PCK certificate with its chain.
import { type Bytes, textOf } from "@sealserve/primitives";
import { EvidenceError, type EvidenceErrorFacts } from "../evidence-error.ts";
import { CertificateError } from "../x509/certificate-error.ts";
import { parseChain } from "../x509/chain.ts";
import type { Certification, PckChain } from "./quote.ts";

const pckChain = 5;

/** Throws {@link EvidenceError}: `unsupported`, `certificate-malformed`, `chain-malformed`. */
export function readCertification(type: number, data: Bytes): Certification {
  if (type >= 1 && type <= 4) return { kind: "reference", type, data };
  if (type !== pckChain) {
    throw new EvidenceError("unsupported", {
      what: "type of the certification data",
      found: String(type),
      allowed: "1 to 5",
    });
  }
  // Intel's quoting enclaves end the text with a zero byte.
  const text = textOf(data.at(-1) === 0 ? data.subarray(0, -1) : data);
  try {
    return { kind: "pck-chain", chain: parsePckChain(text) };
  } catch (error) {
    throw toEvidenceError(error);
  }
}

/** Leaf, intermediate and root of a PEM text. Throws {@link CertificateError} `certificate-malformed` or `chain-malformed`. */
export function parsePckChain(text: string): PckChain {
  const [leaf, intermediate, root] = parseChain(text, ["PCK certificate", "PCK CA", "root CA"]);
  if (leaf && intermediate && root) return [leaf, intermediate, root];
  throw new CertificateError("chain-malformed", { problem: "not leaf, intermediate and root" });
}

/** An error about a certificate that came with the evidence; any other error is returned as it is. */
export function toEvidenceError(error: unknown): unknown {
  if (!(error instanceof CertificateError)) return error;
  const code: keyof EvidenceErrorFacts = error.code;
  return new EvidenceError(code, error.facts, error);
}
