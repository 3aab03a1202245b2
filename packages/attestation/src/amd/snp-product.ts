// AMD's generations of processors with SEV-SNP: how certificates and reports name them, and how they write patch levels.
import type { Bytes } from "@sealserve/primitives";
import type { SnpTcb } from "../claims.ts";

export const snpProducts = ["Milan", "Genoa", "Turin"] as const;

export type SnpProduct = (typeof snpProducts)[number];

/** By the product name of a VCEK ("Milan-B0") or VLEK ("Milan"); Siena and Bergamo are kinds of Genoa. null: none of them. */
export function productByName(name: string): SnpProduct | null {
  const [generation = ""] = name.split("-", 1);
  if (generation === "Siena" || generation === "Bergamo") return "Genoa";
  return snpProducts.find((product) => product === generation) ?? null;
}

/** By CPUID family and model (AMD's processor programming references). null: none of them. */
export function productByCpuid(family: number, model: number): SnpProduct | null {
  if (family === 0x19 && model <= 0x0f) return "Milan";
  if (family === 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf))) return "Genoa";
  if (family === 0x1a && model <= 0x1f) return "Turin";
  return null;
}

/** Where each level stands among the 8 bytes of TCB_VERSION; the other bytes are reserved. */
const layouts = {
  Milan: { fmc: null, bootLoader: 0, tee: 1, snp: 6, microcode: 7 },
  Genoa: { fmc: null, bootLoader: 0, tee: 1, snp: 6, microcode: 7 },
  Turin: { fmc: 0, bootLoader: 1, tee: 2, snp: 3, microcode: 7 },
} as const;

/** Patch levels in the layout of `product`; null where a reserved byte is set. */
export function readTcb(product: SnpProduct, bytes: Bytes): SnpTcb | null {
  const layout = layouts[product];
  const used = new Set<number | null>(Object.values(layout));
  if (bytes.length !== 8 || bytes.some((byte, index) => byte !== 0 && !used.has(index))) return null;
  const at = (index: number): number => bytes[index] ?? 0;
  return {
    bootLoader: at(layout.bootLoader),
    tee: at(layout.tee),
    snp: at(layout.snp),
    microcode: at(layout.microcode),
    fmc: layout.fmc === null ? null : at(layout.fmc),
  };
}
