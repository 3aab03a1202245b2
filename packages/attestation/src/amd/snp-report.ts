// A SEV-SNP attestation report as values and views (AMD 56860, ATTESTATION_REPORT); parsing it proves nothing of it.
import { ByteCursor, type Bytes } from "@sealserve/primitives";
import { EvidenceError } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import { productByCpuid, type SnpProduct } from "./snp-product.ts";

const reportLength = 0x4a0;
const signedLength = 0x2a0;

export interface SnpReport {
  readonly version: 2 | 3 | 5;
  readonly guestSvn: number;
  /** The guest's policy as a number. */
  readonly policy: bigint;
  readonly debug: boolean;
  readonly vmpl: number;
  readonly signedBy: "vcek" | "vlek";
  readonly reportData: Bytes;
  readonly measurement: Bytes;
  readonly hostData: Bytes;
  readonly idKeyDigest: Bytes;
  readonly authorKeyDigest: Bytes;
  /** TCB_VERSION, 8 bytes, of which the product decides the layout. */
  readonly reportedTcb: Bytes;
  /** From version 3 on; null before. */
  readonly product: SnpProduct | null;
  /** 64 bytes; null where the host masks it. */
  readonly chipId: Bytes | null;
  /** What the key signed, and r ‖ s, 48 bytes each, big-endian. */
  readonly signed: Bytes;
  readonly signature: Bytes;
}

const reservedPolicyBit = 1n << 17n;
const debugPolicyBit = 1n << 19n;
const firstUnknownPolicyBit = 25n;

/** Throws `EvidenceError`: `truncated`, `trailing-bytes`, `unsupported`, `reserved-bits`, `malformed`. */
export function parseReport(bytes: Bytes): SnpReport {
  const found = bytes.length;
  if (found < reportLength) throw new EvidenceError("truncated", { what: "the report", wanted: reportLength, found });
  if (found > reportLength) {
    throw new EvidenceError("trailing-bytes", { what: "the report", count: found - reportLength });
  }
  const cursor = new ByteCursor(bytes);
  const version = readVersion(cursor.uint32le());
  const guestSvn = cursor.uint32le();
  const policy = readPolicy(cursor.uint64le());
  cursor.take(16 + 16);
  const vmpl = cursor.uint32le();
  const algorithm = cursor.uint32le();
  if (algorithm !== 1) unsupported("signature algorithm of the report", algorithm, "1 (ECDSA P-384 with SHA-384)");
  cursor.take(8 + 8);
  const flags = readFlags(cursor.uint32le());
  zero(cursor, 4);
  const reportData = cursor.take(64);
  const measurement = cursor.take(48);
  const hostData = cursor.take(32);
  const idKeyDigest = cursor.take(48);
  const authorKeyDigest = cursor.take(48);
  cursor.take(32 + 32);
  const reportedTcb = cursor.take(8);
  const product = readProduct(cursor, version);
  const chipId = cursor.take(64);
  readFirmware(cursor, version);
  const signature = readSignature(cursor);
  return {
    ...{ version, guestSvn, policy, vmpl, reportData, measurement, hostData, idKeyDigest, authorKeyDigest },
    ...{ reportedTcb, product, signature },
    debug: (policy & debugPolicyBit) !== 0n,
    signedBy: flags.signedBy,
    chipId: chipId.every((byte) => byte === 0) ? null : chipId,
    signed: bytes.subarray(0, signedLength),
  };
}

function readVersion(version: number): 2 | 3 | 5 {
  if (version === 2 || version === 3 || version === 5) return version;
  return unsupported("report version", version, "2, 3, 5");
}

function readPolicy(policy: bigint): bigint {
  const found = policy.toString(16);
  // This bit is reserved as 1; a report without it was not made for a launched guest.
  if ((policy & reservedPolicyBit) === 0n) {
    throw new EvidenceError("malformed", { what: "the report", problem: `bit 17 of its policy ${found} is not set` });
  }
  if (policy >> firstUnknownPolicyBit !== 0n) throw new EvidenceError("reserved-bits", { field: "policy", found });
  return policy;
}

function readFlags(flags: number): { readonly signedBy: "vcek" | "vlek" } {
  if (flags >>> 5 !== 0) {
    throw new EvidenceError("reserved-bits", { field: "flags", found: flags.toString(16) });
  }
  const signingKey = (flags >>> 2) & 7;
  if (signingKey > 1) unsupported("signing key of the report", signingKey, "0 (VCEK), 1 (VLEK)");
  return { signedBy: signingKey === 0 ? "vcek" : "vlek" };
}

/** The 24 bytes before the chip id: reserved in version 2; family, model and stepping later. */
function readProduct(cursor: ByteCursor, version: 2 | 3 | 5): SnpProduct | null {
  if (version === 2) {
    zero(cursor, 24);
    return null;
  }
  const family = cursor.uint8();
  const model = cursor.uint8();
  cursor.take(1);
  zero(cursor, 21);
  const product = productByCpuid(family, model);
  return product ?? unsupported("processor", `family ${family}, model ${model}`, "Milan, Genoa, Turin");
}

/** Committed TCB, versions of the firmware, launch TCB, and what version 5 says of mitigations. */
function readFirmware(cursor: ByteCursor, version: 2 | 3 | 5): void {
  cursor.take(8 + 3);
  zero(cursor, 1);
  cursor.take(3);
  zero(cursor, 1);
  cursor.take(8);
  if (version === 5) cursor.take(8 + 8);
  zero(cursor, signedLength - cursor.at);
}

/** r and s stand little-endian in 72 bytes each; P-384 needs 48. */
function readSignature(cursor: ByteCursor): Bytes {
  const signature = new Uint8Array(96);
  for (const offset of [0, 48]) {
    signature.set(Uint8Array.from(cursor.take(48)).reverse(), offset);
    zero(cursor, 24);
  }
  zero(cursor, cursor.remaining);
  return signature;
}

function zero(cursor: ByteCursor, length: number): void {
  const at = cursor.at;
  const reserved = cursor.take(length);
  if (reserved.every((byte) => byte === 0)) return;
  const found = length <= 24 ? toHex(reserved) : "not zero";
  throw new EvidenceError("reserved-bits", { field: `report at 0x${at.toString(16)}`, found });
}

function unsupported(what: string, found: number | string, allowed: string): never {
  throw new EvidenceError("unsupported", { what, found: String(found), allowed });
}
