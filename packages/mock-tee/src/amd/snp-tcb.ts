// Patch levels of SEV-SNP firmware as 64-bit numbers: the layout changed with Turin.
import type { SnpTcb } from "@sealserve/attestation";
import type { Bytes } from "@sealserve/primitives";

export type SnpProduct = "Milan" | "Genoa" | "Turin";

/** 8 bytes, as reports hold them. */
export function tcbBytes(product: SnpProduct, { bootLoader, tee, snp, microcode, fmc }: SnpTcb): Bytes {
  return product === "Turin"
    ? Uint8Array.of(fmc ?? 0, bootLoader, tee, snp, 0, 0, 0, microcode)
    : Uint8Array.of(bootLoader, tee, 0, 0, 0, 0, snp, microcode);
}

export function defaultTcb(product: SnpProduct): SnpTcb {
  return { bootLoader: 4, tee: 1, snp: 23, microcode: 213, fmc: product === "Turin" ? 1 : null };
}

/** Family, model and stepping, as reports of version 3 and later hold them. */
export const cpuids: { readonly [P in SnpProduct]: readonly [number, number, number] } = {
  Milan: [0x19, 0x01, 0x01],
  Genoa: [0x19, 0x11, 0x01],
  Turin: [0x1a, 0x02, 0x01],
};
