// The TLS key of a process in the mesh, and the request for a certificate over it (PKCS #10, RFC 2986).
import { type Bytes, concatBytes } from "@sealserve/primitives";

export interface MeshKey {
  /** SHA-256 of its SubjectPublicKeyInfo: what evidence names. */
  readonly spkiSha256: Bytes;
  /** PKCS #8 in PEM, for the TLS stack only. */
  readonly privateKey: string;
  /** PEM: an empty subject, since who this is follows from evidence. */
  readonly certificateRequest: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2. */
const signatureAlgorithm = der(0x30, Uint8Array.of(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const version = Uint8Array.of(0x02, 0x01, 0x00);
const emptySubject = der(0x30);
const noAttributes = der(0xa0);

/** ECDSA on P-256. */
export async function createMeshKey(): Promise<MeshKey> {
  const { subtle } = crypto;
  const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const spki = new Uint8Array(await subtle.exportKey("spki", pair.publicKey));
  const info = der(0x30, version, emptySubject, spki, noAttributes);
  const signature = new Uint8Array(await subtle.sign(algorithm, pair.privateKey, info));
  const request = der(0x30, info, signatureAlgorithm, der(0x03, Uint8Array.of(0), ecdsaSignature(signature)));
  return {
    spkiSha256: new Uint8Array(await subtle.digest("SHA-256", spki)),
    privateKey: pem("PRIVATE KEY", new Uint8Array(await subtle.exportKey("pkcs8", pair.privateKey))),
    certificateRequest: pem("CERTIFICATE REQUEST", request),
  };
}

/** From r and s side by side, as the platform writes them, to a SEQUENCE of two INTEGERs. */
function ecdsaSignature(raw: Bytes): Bytes {
  return der(0x30, unsigned(raw.subarray(0, raw.length / 2)), unsigned(raw.subarray(raw.length / 2)));
}

function unsigned(bytes: Bytes): Bytes {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(first < 0 ? bytes.length - 1 : first);
  return der(0x02, (digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0), digits);
}

function der(tag: number, ...contents: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const content = concatBytes(contents);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return new Uint8Array(concatBytes([Uint8Array.of(tag, ...head), content]));
}

function pem(label: string, bytes: Bytes): string {
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
