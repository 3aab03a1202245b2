// Puts AMD's certificates for one chip together from pieces, with the newest revocation list.
import { equalBytes } from "@sealserve/primitives";
import { type Endorsement, productNameId, readEndorsement } from "../amd/endorsement.ts";
import { readTcb } from "../amd/snp-product.ts";
import type { CollateralRequest, SnpCollateral } from "../collateral.ts";
import { fromHex } from "../hex.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { CollateralPiece } from "./collateral-file.ts";
import type { Missing } from "./find-dcap-collateral.ts";

type SnpRequest = Extract<CollateralRequest, { readonly kind: "snp" }>;

/** The chip's certificate may be missing: the evidence may bring it. */
export function findSnpCollateral(pieces: readonly CollateralPiece[], request: SnpRequest): SnpCollateral | Missing {
  const { product } = request;
  const all = pieces.flatMap((piece) => (piece.kind === "certificate" ? [piece.certificate] : []));
  const leaf = all.find((certificate) => isLeaf(certificate) && endorses(readEndorsement(certificate), request));
  const chain = all.filter(({ subjectName }) => authorities(product).includes(subjectName));
  if (chain.length === 0) return { missing: `certificates of ${product}` };
  const lists = pieces.flatMap((piece) => (piece.kind === "crl" && piece.issuer === `ARK-${product}` ? [piece] : []));
  lists.sort((a, b) => b.crl.from - a.crl.from);
  const certificates = [...(leaf ? [leaf] : []), ...chain].map(({ der }) => der);
  return { kind: "snp", certificates, crl: lists[0]?.der ?? null };
}

function authorities(product: string): readonly string[] {
  return [`SEV-${product}`, `SEV-VLEK-${product}`, `ARK-${product}`];
}

function isLeaf({ extensions }: Certificate): boolean {
  return extensions.values.has(productNameId);
}

/** A chip has one certificate for each combination of patch levels; a provider's key names no chip. */
function endorses({ product, tcb, hardwareId }: Endorsement, request: SnpRequest): boolean {
  const levels = fromHex(request.reportedTcb, 8);
  const reported = levels && readTcb(product, levels);
  const sameChip =
    hardwareId === null
      ? /^0*$/.test(request.chipId)
      : equalBytes(hardwareId, fromHex(request.chipId, 64)?.subarray(0, hardwareId.length) ?? new Uint8Array(0));
  return product === request.product && sameChip && JSON.stringify(tcb) === JSON.stringify(reported);
}
