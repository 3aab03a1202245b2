// Bytes as lower-case hex.
import type { Bytes } from "@sealserve/primitives";

export function hexOf(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
