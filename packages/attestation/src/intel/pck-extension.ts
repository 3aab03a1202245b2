// What Intel's extension of a PCK certificate (1.2.840.113741.1.13.1) says of the platform.
import { type Bytes, reasonOf } from "@sealserve/primitives";
import { DerError } from "../der/der-error.ts";
import { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";
import { EvidenceError } from "../evidence-error.ts";
import type { Certificate } from "../x509/certificate.ts";

export interface PckExtension {
  readonly ppid: Bytes;
  /** Security version numbers of the 16 components, and of the provisioning certification enclave. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  readonly cpuSvn: Bytes;
  readonly pceId: Bytes;
  readonly fmspc: Bytes;
  readonly sgxType: number;
  /** Platform CA only. */
  readonly platformInstanceId: Bytes | null;
}

const arc = "1.2.840.113741.1.13.1";
const componentCount = 16;

/** Throws {@link EvidenceError} `certificate-malformed`. */
export function readPckExtension(certificate: Certificate): PckExtension {
  try {
    const value = certificate.extensions.values.get(arc);
    if (!value) throw new DerError(0, `extension ${arc} is missing`);
    const reader = new DerReader(value);
    const fields = readFields(reader.inside(), arc);
    reader.end();
    return toExtension(fields);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    const facts = { certificate: certificate.subjectName, problem: reasonOf(error) };
    throw new EvidenceError("certificate-malformed", facts, error);
  }
}

type Fields = ReadonlyMap<number, DerReader>;

/** `SEQUENCE OF { arc.n, value }`: a reader before the value of each n. */
function readFields(list: DerReader, under: string): Fields {
  const fields = new Map<number, DerReader>();
  while (!list.atEnd) {
    const at = list.at;
    const field = list.inside();
    const oid = field.oid();
    const number = oid.startsWith(`${under}.`) ? Number(oid.slice(under.length + 1)) : Number.NaN;
    if (!Number.isInteger(number) || fields.has(number)) throw new DerError(at, `unexpected or repeated field ${oid}`);
    fields.set(number, field);
  }
  return fields;
}

function toExtension(fields: Fields): PckExtension {
  const tcb = readFields(
    take(fields, 2, (field) => field.inside()),
    `${arc}.2`,
  );
  const platformInstanceId = fields.has(6) ? take(fields, 6, octets(16)) : null;
  return {
    ppid: take(fields, 1, octets(16)),
    components: Array.from({ length: componentCount }, (_, i) => take(tcb, i + 1, (field) => field.smallUnsigned(255))),
    pceSvn: take(tcb, 17, (field) => field.smallUnsigned(0xffff)),
    cpuSvn: take(tcb, 18, octets(16)),
    pceId: take(fields, 3, octets(2)),
    fmspc: take(fields, 4, octets(6)),
    sgxType: take(fields, 5, (field) => field.smallUnsigned(2, tag.enumerated)),
    platformInstanceId,
  };
}

function take<T>(fields: Fields, number: number, read: (field: DerReader) => T): T {
  const field = fields.get(number);
  if (!field) throw new DerError(0, `field ${number} is missing`);
  const value = read(field);
  field.end();
  return value;
}

function octets(length: number): (field: DerReader) => Bytes {
  return (field) => {
    const at = field.at;
    const value = field.octetString();
    if (value.length !== length) throw new DerError(at, `${value.length} bytes where ${length} must be`);
    return value;
  };
}
