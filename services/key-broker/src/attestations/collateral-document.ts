// Collateral as canonical JSON, to be kept and read again byte for byte.
import type { Collateral, CollateralSource } from "@sealserve/attestation";
import { CollateralError } from "@sealserve/attestation";
import { canonicalJson } from "@sealserve/protocols/key-broker";
import { isRecord } from "../is-record.ts";

/** Bytes in base64 under `$bytes`. */
export function writeCollateral(all: readonly Collateral[]): string {
  return canonicalJson(all.map(encodeBytes));
}

/** Whatever is wrong with it shows when evidence is verified by it: nothing in it is trusted. */
export function readCollateral(text: string): readonly Collateral[] {
  return decodeBytes(JSON.parse(text)) as readonly Collateral[];
}

/** Gives what was recorded, and nothing else. */
export function recordedSource(all: readonly Collateral[]): CollateralSource {
  return {
    async fetch({ kind }) {
      const found = all.find((collateral) => collateral.kind === kind);
      if (found) return found;
      throw new CollateralError("not-found", { source: "the audit log", what: `${kind} collateral of this entry` });
    },
  };
}

function encodeBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(encodeBytes);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encodeBytes(inner)]));
}

function decodeBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeBytes);
  if (!isRecord(value)) return value;
  const bytes = value["$bytes"];
  if (typeof bytes === "string") return new Uint8Array(Buffer.from(bytes, "base64"));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decodeBytes(inner)]));
}
