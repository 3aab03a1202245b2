// SHA-256 over a stream where Node's own is not there: Web Crypto hashes whole buffers only.
import { sha256 } from "@noble/hashes/sha2.js";
import type { RunningDigest } from "./running-digest.ts";

export function startSha256(): RunningDigest {
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}
