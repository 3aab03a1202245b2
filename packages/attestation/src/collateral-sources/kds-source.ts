// Certificates from AMD's Key Distribution Service (KDS).
import { reasonOf, textOf } from "@sealserve/primitives";
import type { CollateralRequest, CollateralSource, SnpCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { fromHex } from "../hex.ts";
import { parsePemCertificates } from "../x509/pem.ts";
import { type Fetch, type FetchAnswer, type FetchLimits, fetchLimited } from "./limited-fetch.ts";
import { serviceRoot } from "./service-root.ts";

export interface KdsOptions {
  /** Default: AMD's own. */
  readonly baseUrl?: string;
  readonly limits?: FetchLimits;
}

type SnpRequest = Extract<CollateralRequest, { readonly kind: "snp" }>;

/**
 * The chip's certificate (VCEK) with its chain and revocation list. Where the chip's id is masked, the evidence is signed by a provider's key
 * (VLEK), whose certificate comes with it: then only the chain. AMD limits how often it answers: put a cache before it.
 * `fetch` throws `CollateralError`.
 */
export function kdsSource(
  { baseUrl = "https://kdsintf.amd.com", limits = {} }: KdsOptions,
  parts: { readonly fetch: Fetch },
): CollateralSource {
  const root = serviceRoot(baseUrl);
  const source = `KDS ${root}`;
  return {
    async fetch(request, signal): Promise<SnpCollateral> {
      if (request.kind !== "snp")
        throw new CollateralError("not-found", { source, what: "collateral for Intel's TEEs" });
      const masked = /^0*$/.test(request.chipId);
      const base = `${root}/${masked ? "vlek" : "vcek"}/v1/${request.product}`;
      const get = (path: string, what: string): Promise<FetchAnswer> =>
        fetchLimited({ url: base + path, source, what: `${what} of ${request.product}` }, limits, parts, signal);
      const [leaf, chain, crl] = await Promise.all([
        masked ? null : get(`/${leafPath(request)}`, "chip certificate"),
        get("/cert_chain", "certificate chain"),
        get("/crl", "revocation list"),
      ]);
      return {
        kind: "snp",
        certificates: [...(leaf ? [leaf.body] : []), ...readChain(textOf(chain.body), request.product)],
        crl: crl.body,
      };
    },
  };
}

/** Path of the VCEK for one chip at one patch level (AMD 57230, section 4). Turin names chips by 8 bytes. */
function leafPath({ product, chipId, reportedTcb }: SnpRequest): string {
  const tcb = fromHex(reportedTcb, 8);
  if (!tcb) throw new CollateralError("malformed", { what: "reported TCB", problem: "not 16 hex digits" });
  const turin = product === "Turin";
  const at = (index: number): number => tcb[index] ?? 0;
  const levels = turin
    ? { fmcSPL: at(0), blSPL: at(1), teeSPL: at(2), snpSPL: at(3), ucodeSPL: at(7) }
    : { blSPL: at(0), teeSPL: at(1), snpSPL: at(6), ucodeSPL: at(7) };
  const query = Object.entries(levels).map(([name, level]) => `${name}=${String(level).padStart(2, "0")}`);
  return `${turin ? chipId.slice(0, 16) : chipId}?${query.join("&")}`;
}

function readChain(pem: string, product: string): readonly Uint8Array[] {
  try {
    return parsePemCertificates(pem, 4);
  } catch (error) {
    throw new CollateralError(
      "malformed",
      { what: `certificate chain of ${product}`, problem: reasonOf(error) },
      error,
    );
  }
}
