// AMD's extensions of VCEK and VLEK certificates: product, patch levels, chip or provider.
import type { SnpTcb } from "@sealserve/attestation";
import { type Bytes, utf8 } from "@sealserve/primitives";
import { element, integer } from "../der/der-writer.ts";
import { extension } from "../x509/extension.ts";
import type { SnpProduct } from "./snp-tcb.ts";

const root = "1.3.6.1.4.1.3704.1";

export interface EndorsedChip {
  readonly product: SnpProduct;
  readonly tcb: SnpTcb;
  /** 64 bytes, of which Turin's certificates hold the first 8. */
  readonly chipId: Bytes;
}

const ia5String = (text: string): Bytes => element(0x16, utf8(text));

/** Of a VCEK: the chip is named by its id, as the bytes themselves. */
export function vcekExtensions({ product, tcb, chipId }: EndorsedChip): readonly Bytes[] {
  return [
    ...levels(`${product}-B0`, tcb),
    extension(`${root}.4`, product === "Turin" ? chipId.subarray(0, 8) : chipId),
  ];
}

/** Of a VLEK: no chip, but the provider that holds the key. */
export function vlekExtensions({ product, tcb }: Omit<EndorsedChip, "chipId">, provider: string): readonly Bytes[] {
  return [...levels(product, tcb), extension(`${root}.5`, ia5String(provider))];
}

function levels(productName: string, { bootLoader, tee, snp, microcode, fmc }: SnpTcb): readonly Bytes[] {
  const level = (suffix: number, value: number): Bytes => extension(`${root}.3.${suffix}`, integer(value));
  return [
    extension(`${root}.1`, integer(fmc === null ? 0 : 1)),
    extension(`${root}.2`, ia5String(productName)),
    level(1, bootLoader),
    level(2, tee),
    level(4, 0),
    level(5, 0),
    level(6, 0),
    level(7, 0),
    level(3, snp),
    level(8, microcode),
    ...(fmc === null ? [] : [level(9, fmc)]),
  ];
}
