// One digest over a model's name, version and files: a Merkle tree as in RFC 9162, section 2.1.
import { concatBytes, utf8 } from "@sealserve/primitives";
import { startSha256 } from "#sha256";
import type { ModelLabel, SealedEntry } from "./manifest.ts";

/** What the root tells of one file. */
export type FileContent = Pick<SealedEntry, "path" | "size" | "sha256">;

const leafPrefix = new Uint8Array([0]);
const nodePrefix = new Uint8Array([1]);

/**
 * 32 bytes. The first leaf is the model, the others its files in order of path; each leaf's fields are length-prefixed, so that no
 * two models have one root. It names content: two sealings of one model have one root.
 */
export function merkleRoot({ name, version }: ModelLabel, files: readonly FileContent[]): Uint8Array {
  const model = ["sealserve model v1", name, version].map(utf8);
  return recordsRoot([model, ...files.map(({ path, size, sha256 }) => [utf8(path), uint64(size), sha256])]);
}

/** 32 bytes over records of fields, one record at least: the tree that {@link merkleRoot} is. */
export function recordsRoot(records: readonly (readonly Uint8Array[])[]): Uint8Array {
  return hashTree(records.map((fields) => digestOf([leafPrefix, encodeFields(fields)])));
}

/** The left tree holds the largest power of two that is smaller than the number of leaves. */
function hashTree(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only && leaves.length === 1) return only;
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return digestOf([nodePrefix, hashTree(leaves.slice(0, split)), hashTree(leaves.slice(split))]);
}

/** Each field behind its length in four bytes, big-endian. */
function encodeFields(fields: readonly Uint8Array[]): Uint8Array {
  return concatBytes(fields.flatMap((field) => [uint64(field.length).subarray(4), field]));
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function digestOf(parts: readonly Uint8Array[]): Uint8Array {
  const digest = startSha256();
  for (const part of parts) digest.update(part);
  return digest.digest();
}
