// What the 64 bytes of report data stand for: fields, each with its length, under a domain label; hashed with SHA-512.
import { type ReportData, toReportData } from "@sealserve/attestation";
import { ByteCursor, type Bytes, concatBytes, equalBytes, TruncatedError, utf8 } from "@sealserve/primitives";
import { isChannelBound, type Purpose, purposes } from "./purpose.ts";
import { SessionError } from "./session-error.ts";

/** The connection that evidence is made for, as both of its ends see it. */
export interface ChannelBinding {
  /** SHA-256 of the DER of the server certificate's SubjectPublicKeyInfo. */
  readonly spkiSha256: Bytes;
  /** 32 bytes of the connection's exporter (RFC 8446, 7.5), with `exporterLabel` and the nonce as context. */
  readonly exporter: Bytes;
}

/** All digests are 32 bytes. */
export interface ReportDataFields {
  readonly purpose: Purpose;
  /** 32 bytes that the relying party chose. */
  readonly nonce: Bytes;
  /** Null only for the purpose `sealed-http`. */
  readonly channel: ChannelBinding | null;
  /** X25519 public key, 32 bytes, that clients may seal requests to; never null for the purpose `sealed-http`. */
  readonly hpkeKey: Bytes | null;
  readonly modelSetDigest: Bytes;
  readonly configDigest: Bytes;
  /** Of the mesh whose certificates the process takes (`meshDigest`); null: it is of none. */
  readonly meshDigest: Bytes | null;
  /** 16 random bytes that the process chose when it started. */
  readonly instanceId: Bytes;
}

const preimageLabel = "sealserve/report-data/v2";
export const exporterLabel = "EXPORTER-sealserve-attestation";

export const nonceLength = 32;
export const digestLength = 32;
const instanceIdLength = 16;
const hpkeKeyLength = 32;

const absent: Bytes = new Uint8Array(0);

/** The bytes that are published beside evidence (docs/design/002). Throws `preimage-malformed` on a field of a wrong length. */
export function writePreimage(fields: ReportDataFields): Bytes {
  checkFields(fields);
  const { purpose, nonce, channel, hpkeKey, modelSetDigest, configDigest, meshDigest, instanceId } = fields;
  return concatBytes(
    [
      utf8(preimageLabel),
      utf8(purpose),
      nonce,
      channel?.spkiSha256 ?? absent,
      channel?.exporter ?? absent,
      hpkeKey ?? absent,
      modelSetDigest,
      configDigest,
      meshDigest ?? absent,
      instanceId,
    ].flatMap((bytes) => [lengthOf(bytes), bytes]),
  );
}

/** Reads what `writePreimage` wrote, and nothing else. Throws `preimage-malformed`. The fields are views. */
export function parsePreimage(preimage: Bytes): ReportDataFields {
  const cursor = new ByteCursor(preimage);
  const next = (name: string, lengths: readonly number[]): Bytes => {
    const length = cursor.uint32be();
    if (!lengths.includes(length)) throw malformed(`${name} has ${length} bytes, not ${lengths.join(" or ")}`);
    return cursor.take(length);
  };
  try {
    const label = next("the label", [preimageLabel.length]);
    if (!equalBytes(label, utf8(preimageLabel))) throw malformed("the label is of another format");
    const purpose = purposeOf(next("the purpose", [...new Set(purposes.map(({ length }) => length))]));
    const nonce = next("the nonce", [nonceLength]);
    const spkiSha256 = next("the digest of the TLS key", [0, digestLength]);
    const exporter = next("the TLS exporter", [0, digestLength]);
    const hpkeKey = next("the HPKE key", [0, hpkeKeyLength]);
    const modelSetDigest = next("the digest of the models", [digestLength]);
    const configDigest = next("the digest of the configuration", [digestLength]);
    const meshDigest = next("the digest of the mesh", [0, digestLength]);
    const instanceId = next("the instance", [instanceIdLength]);
    if (cursor.remaining > 0) throw malformed(`${cursor.remaining} bytes follow the last field`);
    if (spkiSha256.length !== exporter.length) throw malformed("half a channel is bound");
    const channel = exporter.length > 0 ? { spkiSha256, exporter } : null;
    const fields = {
      purpose,
      nonce,
      channel,
      hpkeKey: hpkeKey.length > 0 ? hpkeKey : null,
      modelSetDigest,
      configDigest,
      meshDigest: meshDigest.length > 0 ? meshDigest : null,
      instanceId,
    };
    checkFields(fields);
    return fields;
  } catch (error) {
    if (error instanceof TruncatedError) throw malformed("it ends in the midst of a field");
    throw error;
  }
}

/** SHA-512 of a preimage: what hardware is asked to sign. */
export async function reportDataOf(preimage: Bytes): Promise<ReportData> {
  return toReportData(new Uint8Array(await crypto.subtle.digest("SHA-512", new Uint8Array(preimage))));
}

function checkFields(fields: ReportDataFields): void {
  const { purpose, channel, hpkeKey } = fields;
  const expect = (name: string, bytes: Bytes, length: number): void => {
    if (bytes.length !== length) throw malformed(`${name} has ${bytes.length} bytes, not ${length}`);
  };
  expect("the nonce", fields.nonce, nonceLength);
  expect("the digest of the models", fields.modelSetDigest, digestLength);
  expect("the digest of the configuration", fields.configDigest, digestLength);
  if (fields.meshDigest) expect("the digest of the mesh", fields.meshDigest, digestLength);
  expect("the instance", fields.instanceId, instanceIdLength);
  if (channel) expect("the digest of the TLS key", channel.spkiSha256, digestLength);
  if (channel) expect("the TLS exporter", channel.exporter, digestLength);
  if (hpkeKey) expect("the HPKE key", hpkeKey, hpkeKeyLength);
  if (isChannelBound(purpose) !== (channel !== null)) {
    throw malformed(`evidence for '${purpose}' ${channel ? "is bound to no" : "must be bound to a"} TLS connection`);
  }
  if (!channel && !hpkeKey) throw malformed("it binds neither a connection nor a key");
}

function purposeOf(bytes: Bytes): Purpose {
  const found = purposes.find((purpose) => equalBytes(utf8(purpose), bytes));
  if (found === undefined) throw malformed("its purpose is none of those known");
  return found;
}

function lengthOf(bytes: Bytes): Bytes {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return length;
}

function malformed(problem: string): SessionError<"preimage-malformed"> {
  return new SessionError("preimage-malformed", { problem });
}
