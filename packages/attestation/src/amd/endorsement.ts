// What AMD says of a chip in its VCEK, or of a provider's key in a VLEK (AMD 57230, extensions under 1.3.6.1.4.1.3704.1).
import { type Bytes, textOf } from "@sealserve/primitives";
import type { SnpTcb } from "../claims.ts";
import { DerError } from "../der/der-error.ts";
import { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";
import type { Certificate } from "../x509/certificate.ts";
import { CertificateError } from "../x509/certificate-error.ts";
import { productByName, type SnpProduct } from "./snp-product.ts";

const arc = "1.3.6.1.4.1.3704.1";
export const productNameId = `${arc}.2`;
const ids = { bootLoader: `${arc}.3.1`, tee: `${arc}.3.2`, snp: `${arc}.3.3`, microcode: `${arc}.3.8` };
const fmcId = `${arc}.3.9`;
const hardwareId = `${arc}.4`;
const providerId = `${arc}.5`;

export interface Endorsement {
  readonly product: SnpProduct;
  readonly tcb: SnpTcb;
  /** VCEK only: 64 bytes, 8 on Turin. */
  readonly hardwareId: Bytes | null;
  /** VLEK only: the cloud provider that AMD leased the key to. */
  readonly provider: string | null;
}

/** Throws `CertificateError` `certificate-malformed`. */
export function readEndorsement(certificate: Certificate): Endorsement {
  try {
    return read(certificate.extensions.values);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    const facts = { certificate: certificate.subjectName, problem: error.facts.problem };
    throw new CertificateError("certificate-malformed", facts, error);
  }
}

function read(values: ReadonlyMap<string, Bytes>): Endorsement {
  const need = (id: string): Bytes => {
    const value = values.get(id);
    if (!value) throw new DerError(0, `extension ${id} is missing`);
    return value;
  };
  const level = (id: string): number => only(need(id), (value) => value.smallUnsigned(0xff));
  const name = only(need(productNameId), (value) => textOf(value.content(tag.ia5String)));
  const product = productByName(name);
  if (!product) throw new DerError(0, `product '${name.slice(0, 32)}' is not known`);
  const chip = values.get(hardwareId);
  const provider = values.get(providerId);
  if ((chip === undefined) === (provider === undefined)) throw new DerError(0, "neither of a chip nor of a provider");
  return {
    product,
    tcb: {
      bootLoader: level(ids.bootLoader),
      tee: level(ids.tee),
      snp: level(ids.snp),
      microcode: level(ids.microcode),
      fmc: product === "Turin" ? level(fmcId) : null,
    },
    hardwareId: chip === undefined ? null : readHardwareId(chip, product === "Turin" ? 8 : 64),
    provider: provider === undefined ? null : only(provider, (value) => textOf(value.content(tag.ia5String))),
  };
}

/** AMD puts the bytes there without a DER header. */
function readHardwareId(value: Bytes, length: number): Bytes {
  if (value.length !== length) throw new DerError(0, `a hardware id of ${value.length} bytes, not ${length}`);
  return value;
}

function only<T>(bytes: Bytes, reader: (value: DerReader) => T): T {
  const cursor = new DerReader(bytes);
  const result = reader(cursor);
  cursor.end();
  return result;
}
